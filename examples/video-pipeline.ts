/**
 * Other programs and temporary files, which nobody can record: one task has them in steps, and one does not and is warned of it.
 * Both are killed in the middle.
 * Run it with `node examples/video-pipeline.ts`, after `npm run build`. The encoder is a program of ours; think of ffmpeg.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { step, task } from "perdure";
import { createPerdure } from "perdure/embedded";
import { startLife } from "./servers/lives.ts";

interface Video {
  source: string;
  /** The folder in which the results shall be. It outlives the process. */
  library: string;
}

const ENCODER = join(import.meta.dirname, "servers/encoder.ts");
const HEIGHTS = [1080, 480];

/** Right: whatever acts outward is in a step. */
export const convertVideo = task({
  id: "convert-video",
  run: async ({ source, library }: Video) => {
    const files: { path: string; bytes: number }[] = [];
    for (const height of HEIGHTS)
      files.push(await step.run("encode", () => encode(source, height, library), { key: height }));
    await step.run("catalog", () => writeFile(join(library, "catalog.json"), JSON.stringify(files)));
    return files.map(({ bytes }) => bytes);
  },
});

async function encode(source: string, height: number, library: string) {
  // Temporary files come and go within the step. What it returns is small, and names what stays.
  const work = await mkdtemp(join(library, ".work-"));
  try {
    const draft = join(work, "draft.mp4");
    const encoder = spawn(process.execPath, [ENCODER, source, String(height), draft], { stdio: "inherit" });
    const [code] = await once(encoder, "close");
    if (code !== 0) throw new Error(`The encoder ended with ${code}`);
    const path = join(library, `${height}.mp4`);
    // Whoever looks there sees all of it or nothing, also when this step is killed and done again.
    await rename(draft, path);
    return { path, bytes: (await stat(path)).size };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Wrong: the encoder is called outside of a step. */
export const convertCarelessly = task({
  id: "convert-carelessly",
  run: async ({ source, library }: Video) => {
    const files: { path: string; bytes: number }[] = [];
    for (const height of HEIGHTS) {
      const path = join(library, `${height}.mp4`);
      const encoder = spawn(process.execPath, [ENCODER, source, String(height), path], { stdio: "inherit" });
      await once(encoder, "close");
      files.push(await step.run("measure", async () => ({ path, bytes: (await stat(path)).size }), { key: height }));
    }
    return files.map(({ bytes }) => bytes);
  },
});

/** The application: node and worker in one process. */
async function app(): Promise<void> {
  const { VIDEO_DB = ":memory:", VIDEO_LIBRARY = "", VIDEO_TASK } = process.env;
  const perdure = await createPerdure({
    db: VIDEO_DB,
    tasks: [convertVideo, convertCarelessly],
    effects: "auto",
    onLog: ({ level, message }) => console.log(`${level}: ${message}`),
  });
  const convert = VIDEO_TASK === convertVideo.id ? convertVideo : convertCarelessly;
  const payload = { source: join(VIDEO_LIBRARY, "source.mov"), library: VIDEO_LIBRARY };
  const handle = await convert.trigger(payload, { idempotencyKey: "holiday" });
  const run = await perdure.runs.poll(handle);
  for (const { kind, details } of await perdure.runs.events(handle)) {
    const { what, where } = (details ?? {}) as { what?: string; where?: string };
    if (kind.startsWith("effect.")) console.log(`${kind}: ${what} at ${where}`);
  }
  console.log(`${run.status}: ${run.output?.join(" and ")} bytes`);
  await perdure.stop();
}

/** The world around it: a video, and a power failure while its second version is being encoded. */
async function main(): Promise<void> {
  for (const { id } of [convertVideo, convertCarelessly]) {
    const library = resolve(`.data/${id}-${process.pid}`);
    mkdirSync(library, { recursive: true });
    writeFileSync(join(library, "source.mov"), "frame 1\nframe 2\nframe 3\n");
    const log = join(library, "encoder.log");
    const variables = {
      VIDEO_DB: join(library, "video.db"),
      VIDEO_LIBRARY: library,
      VIDEO_TASK: id,
      ENCODER_LOG: log,
      ENCODER_MS: "500",
    };
    console.log(`${id}, killed while it encodes 480p`);
    const first = startLife(import.meta.filename, variables);
    while (callsOf(log).length < 2) await pause(10);
    for (const printed of [await first.kill(), await startLife(import.meta.filename, variables).ended()])
      if (printed !== "") console.log(printed);
    console.log(`encoder called for ${callsOf(log).join(", ")}`);
  }
}

function callsOf(log: string): string[] {
  return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
}

if (process.argv[1] === import.meta.filename) await (process.argv[2] === "app" ? app() : main());

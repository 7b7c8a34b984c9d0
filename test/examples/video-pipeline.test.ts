/** The pipeline's tasks in worker processes that are killed: with steps nothing is done twice that was done, without it is, and it is told. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { convertCarelessly, convertVideo } from "../../examples/video-pipeline.ts";
import { temporaryFolder } from "../store/open-toy.ts";
import { type Performing, perform } from "./perform.ts";

vi.setConfig({ testTimeout: 120_000 });

const FILE = "video-pipeline.ts";
const SIZES = [51, 48];

async function convert(
  task: typeof convertVideo | typeof convertCarelessly,
  more: (log: string) => Partial<Performing>,
) {
  const library = temporaryFolder();
  const source = join(library, "source.mov");
  writeFileSync(source, "frame 1\nframe 2\nframe 3\n");
  const log = join(library, "encoder.log");
  const performance = await perform({
    file: FILE,
    tasks: [convertVideo, convertCarelessly],
    task,
    payload: { source, library },
    variables: { ENCODER_LOG: log, ENCODER_MS: "200" },
    ...more(log),
  });
  expect(performance).toMatchObject({ status: "completed", attempt: 1, output: SIZES });
  return {
    ...performance,
    library,
    calls: readFileSync(log, "utf8").trim().split("\n"),
    effects: performance.events
      .filter(({ kind }) => kind.startsWith("effect."))
      .map(({ kind, details }) => ({ kind, ...(JSON.parse(details ?? "{}") as object) })),
  };
}

/** Kills when the encoder has been called so often. */
function whenCalled(times: number) {
  return (log: string): Partial<Performing> => ({
    lieInWait: (kill) => {
      const look = setInterval(() => {
        if (!existsSync(log) || readFileSync(log, "utf8").split("\n").length <= times) return;
        clearInterval(look);
        kill();
      }, 10);
      onTestFinished(() => clearInterval(look));
    },
  });
}

it("with steps, encodes each version once, killed after whichever step", async () => {
  const undisturbed = await convert(convertVideo, () => ({}));
  expect(undisturbed).toMatchObject({
    calls: ["1080", "480"],
    kills: 0,
    effects: [],
    writes: ["step", "step", "step"],
  });
  expect(readdirSync(undisturbed.library).sort()).toEqual([
    "1080.mp4",
    "480.mp4",
    "catalog.json",
    "encoder.log",
    "source.mov",
  ]);
  for (let killAfterWrites = 1; killAfterWrites <= undisturbed.writes.length; killAfterWrites++) {
    const killed = await convert(convertVideo, () => ({ killAfterWrites }));
    expect(killed).toMatchObject({ calls: ["1080", "480"], kills: 1, effects: [] });
  }
});

it("with steps, does again the one that was under way", async () => {
  const killed = await convert(convertVideo, whenCalled(2));
  expect(killed).toMatchObject({ calls: ["1080", "480", "480"], kills: 1, effects: [] });
});

it("without, is marked with file and line when it calls the encoder", async () => {
  const undisturbed = await convert(convertCarelessly, () => ({}));
  expect(undisturbed).toMatchObject({ calls: ["1080", "480"], effects: [{ kind: "effect.unrecorded", ...SPAWN }] });
});

it("without, encodes again what was encoded, and says so", async () => {
  const killed = await convert(convertCarelessly, whenCalled(2));
  expect(killed).toMatchObject({
    calls: ["1080", "480", "1080", "480"],
    kills: 1,
    effects: [
      { kind: "effect.unrecorded", ...SPAWN },
      { kind: "effect.repeated", ...SPAWN },
    ],
  });
});

/** Where the careless task calls it. */
const SPAWN = { what: "node:child_process spawn node", where: expect.stringMatching(`${FILE}:${lineOfSpawn()}:\\d+$`) };

function lineOfSpawn(): number {
  const lines = readFileSync(resolve(import.meta.dirname, "../../examples", FILE), "utf8").split("\n");
  const task = lines.findIndex((line) => line.includes("convertCarelessly = task"));
  return lines.findIndex((line, i) => i > task && line.includes("spawn(")) + 1;
}

/** What the code of simulated runs does without asking the SDK: it asks the effects of its run directly, as replaced globals would. */
import { currentEffects, type Effects, type OutgoingRequest } from "../../worker/index.ts";
import { ORIGIN, SENDING_HEADER } from "./outside.ts";
import type { EffectOperation, Heard } from "./program.ts";
import { type Stage, tell } from "./stage.ts";

type Request = Extract<EffectOperation, { op: "request" | "twins" | "stream" }>;
type Of<Op extends EffectOperation["op"]> = Extract<EffectOperation, { op: Op }>;

/** One after the other, equal each time. */
export async function performRequests(operation: Of<"request">, stage: Stage): Promise<readonly Heard[]> {
  const all: Heard[] = [];
  for (let i = 1; i <= operation.times; i++) {
    const heard = await ask(operation, `${operation.at}#${i}`, "one", stage).whole;
    all.push(heard);
    if (operation.throws && (heard.how === "cut" || heard.how === "refused" || heard.how === "uncertain"))
      throw new Error(`the request at ${heard.place} was ${heard.how}: ${heard.text}`);
  }
  return all;
}

/** Two at the same time that are equal but for a header, one of them a little later. */
export async function performTwins(operation: Of<"twins">, stage: Stage): Promise<readonly Heard[]> {
  const second = setTimer(effects(), operation.lateMs).then(
    () => ask(operation, `${operation.at}b#1`, "the other", stage).whole,
  );
  return Promise.all([ask(operation, `${operation.at}a#1`, "one", stage).whole, second]);
}

/** Acts on the first chunk while the others come in. */
export async function performStream<Came>(
  operation: Of<"stream">,
  stage: Stage,
  act: () => Promise<Came>,
): Promise<{ readonly heard: readonly Heard[]; readonly came: Came }> {
  const { first, whole } = ask(operation, `${operation.at}#1`, "one", stage);
  stage.trail.fold(await first);
  const came = await act();
  return { heard: [await whole], came };
}

export async function performTimer({ at, ms, holds }: Of<"timer">, { sight }: Stage): Promise<void> {
  await setTimer(effects(), ms, holds);
  sight.fold(`timer ${at}`);
}

export function performInterval({ at, ms, times }: Of<"interval">, { sight }: Stage): Promise<void> {
  return new Promise((resolve) => {
    let fired = 0;
    const fire = () => {
      fired += 1;
      sight.fold(`interval ${at} ${fired}`);
      if (fired < times) return;
      timer.clear();
      resolve();
    };
    const timer = effects().timer({ delayMs: ms, isInterval: true, fire });
  });
}

/** Reads both clocks and draws. What is told alone, and not folded, is another in a new attempt, or is checked apart. */
export function performLook({ at }: Of<"look">, stage: Stage): string {
  const { sight } = stage;
  const before = sight.text;
  const here = effects();
  const bytes = Buffer.from(here.randomBytes(8)).toString("hex");
  const clocks = { now: here.now(), monotonic: here.monotonic() };
  tell(stage, at, "look", { ...clocks, bytes, before, number: here.random() } satisfies Look);
  sight.fold(`look ${at} ${bytes}`);
  return bytes;
}

/** As the history is told it. */
export interface Look {
  readonly now: number;
  readonly monotonic: number;
  readonly bytes: string;
  readonly number: number;
  /** What the code had seen before. */
  readonly before: string;
}

/** A request that has left. */
export interface Sent {
  readonly number: number;
  readonly method: string;
  readonly body: string;
}

function ask(operation: Request, place: string, header: string, stage: Stage) {
  const { at, ways, ms, patienceMs } = operation;
  const { hands, sight, ctx } = stage;
  const request = requestOf(operation, header, stage.trail.text);
  const isStable = operation.op === "stream";
  let number: number | undefined;
  let text = "";
  let isOver = false;
  let tellFirst: (chunk: string) => void = () => undefined;
  const first = new Promise<string>((resolve) => {
    tellFirst = resolve;
  });
  const whole = new Promise<Heard>((resolve) => {
    const settle = (how: Heard["how"], said: string) => {
      isOver = true;
      guard?.clear();
      const heard: Heard = { place, how, text: said, ...(number === undefined ? {} : { number }) };
      sight.fold(JSON.stringify(heard));
      tell(stage, place, "heard", heard);
      tellFirst(said);
      resolve(heard);
    };
    const here = effects();
    const sending = here.request({
      request,
      send: (hearer) =>
        hands.send(
          {
            runId: ctx.run.id,
            place,
            ways,
            ms,
            isStable,
            onSent: (arrival) => {
              const body = Buffer.from(request.body ?? "").toString();
              tell(stage, place, "sent", { number: arrival.number, method: request.method, body } satisfies Sent);
            },
          },
          request,
          hearer,
        ),
      hearer: {
        head({ headers }) {
          number = Number(headers[headers.indexOf(SENDING_HEADER) + 1]);
          sight.fold(`head ${place} ${isStable ? "" : number}`);
        },
        chunk(bytes) {
          text += Buffer.from(bytes).toString();
          sight.fold(`chunk ${place} ${text}`);
          tellFirst(text);
          return true;
        },
        end: () => settle("answered", text),
        fail(error) {
          number ??= numberIn(error.message);
          const isUncertain = (error as { code?: string }).code === "EFFECT_UNCERTAIN";
          settle(isUncertain ? "uncertain" : number !== undefined && text !== "" ? "cut" : "refused", error.message);
        },
      },
    });
    const guard =
      patienceMs === undefined
        ? undefined
        : here.timer({
            delayMs: patienceMs,
            isInterval: false,
            fire() {
              sight.fold(`patience ${at}`);
              if (isOver) return;
              sending.abort();
              number = undefined;
              settle("given up", "");
            },
          });
  });
  return { first, whole };
}

function requestOf(operation: Request, header: string, trail: string): OutgoingRequest {
  const method = operation.op === "request" ? operation.method : "GET";
  const headers = ["authorization", header, "content-type", "application/json"];
  const body = method === "GET" ? undefined : Buffer.from(JSON.stringify({ trail }));
  return { method, url: `${ORIGIN}/${operation.at}`, headers, body };
}

/** Of what comes back without a head. */
export function numberIn(text: string): number | undefined {
  const found = /\(sending (\d+)\)/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

function setTimer(here: Effects, delayMs: number, holds = true): Promise<void> {
  return new Promise((fire) => {
    const timer = here.timer({ delayMs, isInterval: false, fire });
    if (!holds) timer.hold(false);
  });
}

function effects(): Effects {
  const found = currentEffects();
  if (found === undefined) throw new Error("This task records no effects.");
  return found;
}

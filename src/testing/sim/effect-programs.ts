import type { Draw } from "./draw.ts";
import type { Way } from "./outside.ts";
import type { EffectOperation } from "./program.ts";

type Maker = (draw: Draw, depth: number, at: string) => EffectOperation;

/** Of one operation each, as often as they stand here. */
export const EFFECTS: readonly Maker[] = [
  drawRequest,
  drawRequest,
  drawRequest,
  (draw, _, at) => ({ op: "timer", at, ms: draw.pick([0, 30, 500, 4_000]), holds: draw.happens(0.8) }),
  (_, __, at) => ({ op: "look", at }),
];

/** Nobody gives up what was asked. */
export const PATIENT_EFFECTS: readonly Maker[] = EFFECTS.map((make) => (draw, depth, at) => {
  const effect = make(draw, depth, at);
  if (effect.op !== "request") return effect;
  const { patienceMs: _, ways, ...rest } = effect;
  return { ...rest, ways: [...ways.filter((way) => way !== "never"), "whole"] };
});

/** Those with a part that goes on beside another. */
export const LONGER_EFFECTS: readonly Maker[] = [
  (draw, _, at) => ({
    op: "twins",
    at,
    ways: draw.pick<readonly Way[]>([["whole"], ["whole", "chunks", "refused"]]),
    ms: drawDelay(draw),
    lateMs: draw.pick([0, 0, 20, 300]),
  }),
  (draw, _, at) => ({ op: "interval", at, ms: draw.pick([20, 400, 2_000]), times: draw.whole(1, 4) }),
];

/** What a stream is asked as; what is done at its first chunk is left to the caller. */
export function drawStream(draw: Draw, at: string): Omit<Extract<EffectOperation, { op: "stream" }>, "body"> {
  return { op: "stream", at, ways: draw.pick<readonly Way[]>([["chunks"], ["chunks", "cut"]]), ms: drawDelay(draw) };
}

function drawRequest(draw: Draw, _: number, at: string): EffectOperation {
  const ways = draw.pick<readonly Way[]>([
    ["whole"],
    ["whole"],
    ["chunks"],
    ["whole", "refused"],
    ["chunks", "cut", "cut short"],
    ["whole", "chunks", "never"],
    ["never"],
  ]);
  return {
    op: "request",
    at,
    method: draw.pick(["GET", "POST"]),
    ways,
    ms: drawDelay(draw),
    times: draw.pick([1, 1, 1, 3]),
    throws: draw.happens(0.3),
    ...(ways.includes("never") || draw.happens(0.3) ? { patienceMs: draw.pick([100, 1_000, 5_000]) } : {}),
  };
}

function drawDelay(draw: Draw): number {
  return draw.pick([5, 50, 500, 3_000]);
}

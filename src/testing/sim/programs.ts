import type { Draw } from "./draw.ts";
import { type Child, type ChildOptions, type Operation, type Program, TASK_NAMES } from "./program.ts";

const DEEPEST = 2;

/** Draws a child or, for clients, a run to ask for. */
export function drawChild(draw: Draw, depth = 0): Child {
  return { task: draw.pick(TASK_NAMES), program: drawProgram(draw, depth), options: drawOptions(draw, depth) };
}

export function drawProgram(draw: Draw, depth: number): Program {
  return drawSequence(draw, depth, "", draw.whole(1, depth === 0 ? 5 : 3), true);
}

/** The program, with a place at which it takes its process down. */
export function withPoison(program: Program, draw: Draw): Program {
  const place = draw.whole(0, program.length);
  const poison: Operation = { op: "poison", at: "poison", attempts: draw.pick([1, 2, 99]) };
  return [...program.slice(0, place), poison, ...program.slice(place)];
}

function drawSequence(draw: Draw, depth: number, at: string, length: number, isOuter: boolean): Program {
  return Array.from({ length }, (_, i) => drawOperation(draw, depth, `${at}${i}`, isOuter));
}

type Maker = (draw: Draw, depth: number, at: string) => Operation;

/** Each as often as it stands here. */
const SIMPLE: readonly Maker[] = [
  drawStep,
  drawStep,
  drawStep,
  (draw, _, at) => ({ op: "wait", at, ms: draw.pick([0, 500, 2_000, 2_000, 10_000, 45_000]) }),
  (draw, _, at) => ({ op: "until", at, ms: draw.pick([0, 3_000, 20_000]) }),
];

const SMALL: readonly Maker[] = [
  ...SIMPLE,
  ...SIMPLE,
  (_, __, at) => ({ op: "note", at }),
  (draw, _, at) => ({ op: "work", at, ms: draw.whole(0, 4_000) }),
  (draw, _, at) => ({
    op: "throw",
    at,
    how: draw.pick(["error", "error", "abort", "retry later"]),
    attempts: draw.pick([1, 1, 2, 99]),
  }),
];

const FAMILY: readonly Maker[] = [
  drawWaitedChild,
  drawWaitedChild,
  (draw, depth, at) => ({
    op: "batch",
    at,
    children: drawChildren(draw, depth),
    how: draw.pick(["one task", "by task"]),
  }),
  (draw, depth, at) => ({ op: "fire", at, children: drawChildren(draw, depth) }),
  (draw, depth, at) => ({ op: "fire in step", at, child: drawChild(draw, depth + 1) }),
];

const COMPOUND: readonly Maker[] = [
  (draw, depth, at) => ({ op: "all", at, branches: drawBranches(draw, depth, at) }),
  (draw, depth, at) => ({
    op: "race",
    at,
    branches: Array.from({ length: draw.whole(2, 3) }, (_, i) =>
      draw.pick(depth < DEEPEST ? [...SIMPLE, drawWaitedChild] : SIMPLE)(draw, depth, `${at}.${i}.`),
    ),
  }),
  (draw, depth, at) => ({ op: "try", at, body: drawSequence(draw, depth, `${at}.`, draw.whole(1, 3), false) }),
];

function drawOperation(draw: Draw, depth: number, at: string, isOuter: boolean): Operation {
  const makers = [...SMALL, ...SMALL, ...(depth < DEEPEST ? [...FAMILY, ...FAMILY] : []), ...(isOuter ? COMPOUND : [])];
  return draw.pick(makers)(draw, depth, at);
}

function drawBranches(draw: Draw, depth: number, at: string): readonly Program[] {
  return Array.from({ length: draw.whole(2, 3) }, (_, i) =>
    drawSequence(draw, depth, `${at}.${i}.`, draw.whole(1, 3), false),
  );
}

function drawStep(draw: Draw, _: number, at: string): Operation {
  return {
    op: "step",
    at,
    ms: draw.pick([0, 5, 50, 1_000, 6_000]),
    fails: draw.pick([0, 0, 0, 0, 0, 0, 1, 1, 2, 99]),
    ...(draw.happens(0.3) ? { key: `k${draw.whole(1, 9)}/#%` } : {}),
    ...(draw.happens(0.35) ? { undo: draw.pick(["works", "works", "works", "fails"] as const) } : {}),
  };
}

function drawWaitedChild(draw: Draw, depth: number, at: string): Operation {
  return { op: "child", at, child: drawChild(draw, depth + 1), unwrap: draw.happens(0.4) };
}

function drawChildren(draw: Draw, depth: number): readonly Child[] {
  return Array.from({ length: draw.whole(1, 3) }, () => drawChild(draw, depth + 1));
}

function drawOptions(draw: Draw, depth: number): ChildOptions {
  const some = <Part extends object>(probability: number, part: () => Part) =>
    draw.happens(probability) ? part() : {};
  return {
    ...some(0.25, () => ({ idempotencyKey: `key ${draw.whole(1, 3)}` })),
    ...some(0.15, () => ({ idempotencyKeyTTL: draw.pick(["1s", "8s", "1h"]) })),
    ...some(0.15, () => ({ delay: draw.pick(["1s", "12s"]) })),
    ...some(depth === 0 ? 0.15 : 0.05, () => ({ ttl: draw.pick(["500ms", "5s", "1m"]) })),
    ...some(0.2, () => ({ priority: draw.pick([1, 10, 100]) })),
    ...some(0.15, () => ({ maxAttempts: draw.whole(1, 4) })),
    ...some(0.2, () => ({ tags: ["drawn", draw.pick(["a", "b"])] })),
    ...some(0.2, () => ({ metadata: { from: draw.whole(1, 99) } })),
  };
}

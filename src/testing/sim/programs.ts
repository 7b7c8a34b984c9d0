import type { Draw } from "./draw.ts";
import { drawStream, EFFECTS, LONGER_EFFECTS, PATIENT_EFFECTS } from "./effect-programs.ts";
import {
  type Child,
  type ChildOptions,
  type Operation,
  type Program,
  recordsEffects,
  TASK_NAMES,
  type TaskName,
} from "./program.ts";

const DEEPEST = 2;

/** Draws a child or, for clients, a run to ask for. */
export function drawChild(draw: Draw, depth = 0, task = draw.pick(TASK_NAMES)): Child {
  return { task, program: drawProgram(draw, depth, task), options: drawOptions(draw, depth) };
}

/** Some of one task. */
export function drawSiblings(draw: Draw, depth: number, count: number): readonly Child[] {
  const task = draw.pick(TASK_NAMES);
  return Array.from({ length: count }, () => drawChild(draw, depth, task));
}

function drawProgram(draw: Draw, depth: number, task: TaskName): Program {
  const program = drawSequence(
    { draw, depth, repertoire: repertoireOf(task) },
    "",
    draw.whole(1, depth === 0 ? 5 : 3),
    true,
  );
  return task === "resuming" && draw.happens(0.6) ? [...program, ...drawResumption(draw)] : program;
}

/** A request that an attempt fails at, waits that its journal holds beyond, and a wait after which it is replayed once more. */
function drawResumption(draw: Draw): Program {
  const makers = [draw.pick(PATIENT_EFFECTS), ...WAITS, THROW, draw.pick(PATIENT_EFFECTS), ...WAITS];
  return makers.map((make, i) => make(draw, DEEPEST, `again${i}`));
}

/** The program, with a place at which it takes its process down. */
export function withPoison(program: Program, draw: Draw): Program {
  const place = draw.whole(0, program.length);
  const poison: Operation = { op: "poison", at: "poison", attempts: draw.pick([1, 2, 99]) };
  return [...program.slice(0, place), poison, ...program.slice(place)];
}

type Maker = (draw: Draw, depth: number, at: string) => Operation;

interface Repertoire {
  /** Of one operation each. */
  readonly simple: readonly Maker[];
  readonly small: readonly Maker[];
}

interface Drawing {
  readonly draw: Draw;
  readonly depth: number;
  readonly repertoire: Repertoire;
}

const WAITS: readonly Maker[] = [
  (draw, _, at) => ({ op: "wait", at, ms: draw.pick([0, 500, 2_000, 2_000, 10_000, 45_000]) }),
  (draw, _, at) => ({ op: "until", at, ms: draw.pick([0, 3_000, 20_000]) }),
];

/** Each as often as it stands here. */
const SIMPLE: readonly Maker[] = [drawStep, drawStep, drawStep, ...WAITS];

const THROW: Maker = (draw, _, at) => ({
  op: "throw",
  at,
  how: draw.pick(["error", "error", "abort", "retry later"]),
  attempts: draw.pick([1, 1, 2, 99]),
});

const WORK: Maker = (draw, _, at) => ({ op: "work", at, ms: draw.whole(0, 4_000) });

const PLAIN: Repertoire = {
  simple: SIMPLE,
  small: [...SIMPLE, ...SIMPLE, (_, __, at) => ({ op: "note", at }), WORK, THROW],
};

const RECORDED: Repertoire = {
  simple: [...SIMPLE, ...EFFECTS],
  small: [...PLAIN.small, ...EFFECTS, ...EFFECTS, ...EFFECTS, ...LONGER_EFFECTS],
};

/** What the journal knows nothing of is refused. */
const STRICT: Repertoire = { ...RECORDED, small: RECORDED.small.filter((make) => make !== WORK) };

/** Code whose attempts resume. What it may fail at is never a step or a child: what its journal holds beyond could not be come to. */
const RESUMING: Repertoire = {
  simple: [...PATIENT_EFFECTS, ...WAITS],
  small: [...PATIENT_EFFECTS, ...PATIENT_EFFECTS, ...LONGER_EFFECTS, ...WAITS, THROW, THROW],
};

function repertoireOf(task: TaskName): Repertoire {
  if (!recordsEffects(task)) return PLAIN;
  if (task === "resuming") return RESUMING;
  return task === "careful" ? STRICT : RECORDED;
}

const FAMILY: readonly Maker[] = [
  drawWaitedChild,
  drawWaitedChild,
  (draw, depth, at) => {
    const [how, count] = [draw.pick(["one task", "by task"] as const), draw.whole(1, 3)];
    const one = () => drawChild(draw, depth + 1);
    const children = how === "by task" ? Array.from({ length: count }, one) : drawSiblings(draw, depth + 1, count);
    return { op: "batch", at, children, how };
  },
  (draw, depth, at) => ({ op: "fire", at, children: drawSiblings(draw, depth + 1, draw.whole(1, 3)) }),
  (draw, depth, at) => ({ op: "fire in step", at, child: drawChild(draw, depth + 1) }),
];

function drawOperation(drawing: Drawing, at: string, isOuter: boolean): Operation {
  const { draw, depth, repertoire } = drawing;
  const { small } = repertoire;
  const compound = (make: (drawing: Drawing, at: string) => Operation) => () => make(drawing, at);
  const streams = repertoire === PLAIN ? [] : [compound(drawStreamed)];
  const family = repertoire === RESUMING || depth === DEEPEST ? [] : FAMILY;
  const makers: readonly Maker[] = [
    ...small,
    ...small,
    ...family,
    ...family,
    ...(isOuter ? [compound(drawAll), compound(drawRace), compound(drawTry), ...streams] : []),
  ];
  return draw.pick(makers)(draw, depth, at);
}

function drawSequence(drawing: Drawing, at: string, length: number, isOuter: boolean): Program {
  return Array.from({ length }, (_, i) => drawOperation(drawing, `${at}${i}`, isOuter));
}

function drawAll(drawing: Drawing, at: string): Operation {
  const { draw } = drawing;
  const branches = Array.from({ length: draw.whole(2, 3) }, (_, i) =>
    drawSequence(drawing, `${at}.${i}.`, draw.whole(1, 3), false),
  );
  return { op: "all", at, branches };
}

function drawRace({ draw, depth, repertoire }: Drawing, at: string): Operation {
  const { simple } = repertoire;
  const makers = depth < DEEPEST && repertoire !== RESUMING ? [...simple, drawWaitedChild] : simple;
  const branches = Array.from({ length: draw.whole(2, 3) }, (_, i) => draw.pick(makers)(draw, depth, `${at}.${i}.`));
  return { op: "race", at, branches };
}

function drawTry(drawing: Drawing, at: string): Operation {
  return { op: "try", at, body: drawSequence(drawing, `${at}.`, drawing.draw.whole(1, 3), false) };
}

function drawStreamed(drawing: Drawing, at: string): Operation {
  const { draw } = drawing;
  return { ...drawStream(draw, at), body: drawSequence(drawing, `${at}.`, draw.whole(1, 3), false) };
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

/** All that a check can find. */

/**
 * - `mend`: it makes a difference to the run or to the world, and the code can be changed so that it does not.
 * - `know`: it happens at most to what is under way when a process ends, or changes nothing by itself.
 * - `promise`: what Perdure promises of steps, and no more.
 */
export type Level = "mend" | "know" | "promise";

interface FindingKind {
  readonly level: Level;
  /** Beside the performance that showed it. */
  readonly mark: string;
  /** After what it is about. */
  readonly means: string;
  readonly cure: string;
}

/** Worst first. */
export const FINDINGS = {
  diverged: {
    level: "mend",
    mark: "diverged",
    means: "the code left its journal",
    cure: 'What decides the way of the code must be the same each time it runs: read it in a step, step.run("name", fn), or take it from the payload, and not from a variable of the module.',
  },
  ended: {
    level: "mend",
    mark: "ended otherwise",
    means: "and not as it did undisturbed",
    cure: 'Look at what the code does outside of steps, and whether that may happen twice; wrap it in a step: step.run("name", fn).',
  },
  output: {
    level: "mend",
    mark: "other output",
    means: "differs from the undisturbed one",
    cure: 'Look for what the code reads and nobody records, such as a file, a database or a variable of the module, and read it in a step: step.run("name", fn).',
  },
  unrecorded: {
    level: "mend",
    mark: "effect repeated",
    means: "cannot be recorded, and is done again by a continuation",
    cure: 'Wrap it in a step: step.run("name", fn).',
  },
  ambiguous: {
    level: "mend",
    mark: "equal requests",
    means: "was made while an equal request was under way, and a continuation may exchange their responses",
    cure: 'Make each in a step with a key: step.run("name", fn, { key }).',
  },
  request: {
    level: "know",
    mark: "request repeated",
    means: "may have been made when its process ended, and was made again",
    cure: 'Let its receiver recognise it, by an idempotency key for example, or let it fail instead: effects: { onUncertain: "fail" }.',
  },
  differs: {
    level: "know",
    mark: "request differs",
    means: "was asked for in another form by a continuation, which got the recorded response",
    cure: 'Build what differs in it, such as an id or a time, in a step: step.run("name", fn).',
  },
  skipped: {
    level: "know",
    mark: "effect left out",
    means: "was recorded, and a continuation went on without it",
    cure: "Nothing to do where a cache answered instead; else look at what decides whether it happens.",
  },
  key: {
    level: "know",
    mark: "step without key",
    means: "has a name that occurs more than once, so that a new attempt cannot keep its result",
    cure: 'Give it a key: step.run("name", fn, { key }).',
  },
  step: {
    level: "promise",
    mark: "step may repeat",
    means:
      "may have been under way when the process ended, and a step that was is executed again: that is what is promised of steps, and no more",
    cure: "Give what it does the idempotencyKey that its function gets, so that it is done once.",
  },
} as const satisfies Record<string, FindingKind>;

export type FindingName = keyof typeof FINDINGS;

export interface Finding {
  readonly kind: FindingName;
  readonly what: string;
  /** The entries after which a cut showed it; none where it shows without one. */
  readonly cuts: readonly number[];
}

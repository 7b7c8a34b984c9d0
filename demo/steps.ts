import type { Began, TraceLine } from "./trace.ts";

/** What the trace says of one step: its executions in order, and which results the code was given. */
export interface StepStory {
  readonly step: string;
  readonly executions: readonly Execution[];
  /** Executions whose result the code was given; more than one would be a broken promise. */
  readonly given: readonly string[];
  /** How often the code was given the result, by the step itself or by a replay. */
  readonly givenCount: number;
}

export interface Execution extends Began {
  readonly hadEffect: boolean;
  readonly threw: boolean;
  /** It was in flight when its process was killed: its outcome was lost, so it had to be repeated. */
  readonly wasLost: boolean;
}

/** @param killed - The lives that ended by a kill. */
export function tellSteps(trace: readonly TraceLine[], killed: ReadonlySet<number>): readonly StepStory[] {
  const began = trace.filter((line) => line.kind === "began");
  const happened = new Set(trace.flatMap((line) => (line.kind === "killed" ? [] : [`${line.kind} ${line.execution}`])));
  return [...new Set(began.map(({ step }) => step))].map((step) => {
    const executions = began.filter((line) => line.step === step);
    const given = trace.filter((line) => line.kind === "given" && line.step === step).map((line) => executionOf(line));
    return {
      step,
      given: [...new Set(given)],
      givenCount: given.length,
      executions: executions.map((line, i) => ({
        ...line,
        hadEffect: happened.has(`effect ${line.execution}`),
        threw: happened.has(`threw ${line.execution}`),
        wasLost: killed.has(line.life) && !given.includes(line.execution) && isRepeated(line, executions[i + 1]),
      })),
    };
  });
}

/** In a later process, within the same attempt: nobody knew of its outcome. */
function isRepeated(execution: Began, next: Began | undefined): boolean {
  return next !== undefined && next.life > execution.life && next.attempt === execution.attempt;
}

/** True when each execution but the last was lost to a kill or threw in an earlier attempt, and the code was given one result at most. */
export function isHonest({ executions, given }: StepStory): boolean {
  const last = executions.at(-1);
  const before = executions.slice(0, -1);
  const isOver = last?.threw === true ? given.length === 0 : given.length === 1 && given[0] === last?.execution;
  return isOver && before.every((execution, i) => execution.wasLost || failedBefore(execution, executions[i + 1]));
}

function failedBefore({ threw, attempt }: Execution, next: Execution | undefined): boolean {
  return threw && next !== undefined && next.attempt > attempt;
}

function executionOf(line: TraceLine): string {
  return line.kind === "killed" ? "" : line.execution;
}

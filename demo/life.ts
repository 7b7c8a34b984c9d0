import type { Kill, Moment } from "./kill-plan.ts";
import { Results } from "./results.ts";
import { Trace } from "./trace.ts";

/** One process of the demo: where it writes, and when it will kill itself. */
export class Life {
  readonly number: number;
  readonly results: Results;
  readonly trace: Trace;
  readonly kill: Kill | undefined;
  #reached = 0;
  #executions = 0;

  constructor({ folder, number, kill }: { folder: string; number: number; kill: Kill | undefined }) {
    this.number = number;
    this.kill = kill;
    this.results = new Results(folder);
    this.trace = new Trace(folder);
  }

  newExecution(): string {
    return `${this.number}.${++this.#executions}`;
  }

  /** Ends this process here and now when its time has come: SIGKILL leaves no chance to write, close or say anything. */
  reach(moment: Moment): void {
    if (this.kill?.moment !== moment) return;
    this.#reached++;
    if (this.#reached !== this.kill.count) return;
    this.trace.add({ kind: "killed", moment, life: this.number });
    process.kill(process.pid, "SIGKILL");
  }
}

let current: Life | undefined;

export function begin(life: Life): void {
  current = life;
}

/** The life of this process, for the code of the tasks. */
export function life(): Life {
  if (current === undefined) throw new Error("No life has begun in this process");
  return current;
}

import type { Execution } from "./execution.ts";

/** Tags that the run's code adds. In a replay they wait until it has caught up; most of them are on the run by then. */
export class Tags {
  readonly #execution: Execution;
  readonly #added: string[] = [];

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  get all(): readonly string[] {
    return [...this.#execution.run.tags, ...this.#added];
  }

  async add(tags: readonly string[]): Promise<void> {
    const { journal, recorder } = this.#execution;
    const added = tags.filter((tag, i) => !this.all.includes(tag) && tags.indexOf(tag) === i);
    this.#added.push(...added);
    if (added.length === 0 || !journal.isLive) return;
    recorder.addTags(added);
    await this.#execution.flush();
  }

  caughtUp(): void {
    this.#execution.recorder.addTags(this.#added);
  }
}

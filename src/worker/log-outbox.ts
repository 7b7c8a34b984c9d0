import type { Env } from "../core/env.ts";
import type { LogLine } from "../core/log-line.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";

/** Of one message: beside it go the journals of runs, which are not to wait for long. */
const MESSAGE = { lines: 500, characters: 256 * 1024 };
/** Lines that wait here while the node is busy; what comes beyond is left out. */
const HELD = { lines: 20_000, characters: 16 * 1024 * 1024 };

interface Held {
  readonly line: LogLine;
  readonly size: number;
}

/**
 * Lines of all runs of a worker on their way to the node: those of one turn in one message, and one message at a time, so that
 * a node that cannot keep up is not buried. What a node did not take is lost; nobody waits for a line.
 */
export class LogOutbox {
  readonly #env: Env;
  readonly #send: WorkerCalls["appendLogs"];
  /** How many lines of which run are held. */
  readonly #counts = new Map<string, number>();
  #held: Held[] = [];
  #characters = 0;
  #isAsked = false;
  #isSending = false;

  constructor(env: Env, send: WorkerCalls["appendLogs"]) {
    this.#env = env;
    this.#send = send;
  }

  /** @returns False when there is no room for it. */
  add(line: LogLine, size: number): boolean {
    if (this.#held.length >= HELD.lines || this.#characters + size > HELD.characters) return false;
    this.#held.push({ line, size });
    this.#characters += size;
    this.#counts.set(line.runId, (this.#counts.get(line.runId) ?? 0) + 1);
    this.#sendLater();
    return true;
  }

  /** Sends what is held of one run, whatever is under way: what follows this is to find the lines at the node. */
  flushRun(runId: string): Promise<void> {
    return this.#counts.has(runId) ? this.#sendAll((line) => line.runId === runId) : Promise.resolve();
  }

  /** The same for all runs. */
  flush(): Promise<void> {
    return this.#sendAll(() => true);
  }

  async #sendAll(isWanted: (line: LogLine) => boolean): Promise<void> {
    const wanted = this.#held.filter(({ line }) => isWanted(line));
    this.#held = this.#held.filter(({ line }) => !isWanted(line));
    const sent: Promise<void>[] = [];
    while (wanted.length > 0) sent.push(this.#sendSome(wanted));
    await Promise.all(sent);
  }

  #sendLater(): void {
    if (this.#isAsked || this.#isSending) return;
    this.#isAsked = true;
    this.#env.turn(() => {
      this.#isAsked = false;
      if (!this.#isSending && this.#held.length > 0) void this.#sendNext();
    });
  }

  async #sendNext(): Promise<void> {
    this.#isSending = true;
    await this.#sendSome(this.#held);
    this.#isSending = false;
    if (this.#held.length > 0) this.#sendLater();
  }

  /** Sends a message of the first lines, and takes them out of the list. */
  async #sendSome(held: Held[]): Promise<void> {
    let count = 0;
    let characters = 0;
    for (const { size } of held) {
      if (count === MESSAGE.lines || (count > 0 && characters + size > MESSAGE.characters)) break;
      count++;
      characters += size;
    }
    const lines = held.splice(0, count).map(({ line }) => line);
    this.#characters -= characters;
    for (const { runId } of lines) this.#forget(runId);
    // A node that is gone has told everyone who waits for it.
    await this.#send({ lines }).catch(() => undefined);
  }

  #forget(runId: string): void {
    const left = (this.#counts.get(runId) ?? 0) - 1;
    if (left > 0) this.#counts.set(runId, left);
    else this.#counts.delete(runId);
  }
}

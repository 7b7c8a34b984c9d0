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
  /** By run: each run's lines keep their order, and leave together when its journal is about to go on. */
  readonly #held = new Map<string, Held[]>();
  #lines = 0;
  #characters = 0;
  #isAsked = false;
  #isSending = false;

  constructor(env: Env, send: WorkerCalls["appendLogs"]) {
    this.#env = env;
    this.#send = send;
  }

  /** @returns False when there is no room for it. */
  add(line: LogLine, size: number): boolean {
    if (this.#lines >= HELD.lines || this.#characters + size > HELD.characters) return false;
    const ofRun = this.#held.get(line.runId);
    if (ofRun === undefined) this.#held.set(line.runId, [{ line, size }]);
    else ofRun.push({ line, size });
    this.#lines++;
    this.#characters += size;
    this.#sendLater();
    return true;
  }

  /** Sends what is held of one run, whatever is under way: what follows this is to find the lines at the node. */
  async flushRun(runId: string): Promise<void> {
    const sent: Promise<void>[] = [];
    for (let held = this.#held.get(runId); held !== undefined; held = this.#held.get(runId))
      sent.push(this.#sendSome([[runId, held]]));
    await Promise.all(sent);
  }

  /** The same for all runs. */
  async flush(): Promise<void> {
    const sent: Promise<void>[] = [];
    while (this.#lines > 0) sent.push(this.#sendSome(this.#held));
    await Promise.all(sent);
  }

  #sendLater(): void {
    if (this.#isAsked || this.#isSending) return;
    this.#isAsked = true;
    this.#env.turn(() => {
      this.#isAsked = false;
      if (!this.#isSending && this.#lines > 0) void this.#sendNext();
    });
  }

  async #sendNext(): Promise<void> {
    this.#isSending = true;
    await this.#sendSome(this.#held);
    this.#isSending = false;
    if (this.#lines > 0) this.#sendLater();
  }

  /** Sends a message of the first lines of these runs, and holds them no more. */
  async #sendSome(runs: Iterable<[string, Held[]]>): Promise<void> {
    const message: { lines: LogLine[]; characters: number } = { lines: [], characters: 0 };
    for (const [runId, held] of runs) {
      const taken = takeInto(message, held);
      if (taken < held.length) {
        held.splice(0, taken);
        break;
      }
      this.#held.delete(runId);
    }
    this.#lines -= message.lines.length;
    this.#characters -= message.characters;
    // A node that is gone has told everyone who waits for it.
    await this.#send({ lines: message.lines }).catch(() => undefined);
  }
}

/** @returns How many of them had room in the message. */
function takeInto(message: { lines: LogLine[]; characters: number }, held: readonly Held[]): number {
  let taken = 0;
  for (const { line, size } of held) {
    const { lines, characters } = message;
    if (lines.length === MESSAGE.lines || (lines.length > 0 && characters + size > MESSAGE.characters)) break;
    lines.push(line);
    message.characters += size;
    taken++;
  }
  return taken;
}

import { inspect } from "node:util";
import { LIMITS } from "../core/limits.ts";
import { type LogLevel, type LogLine, type LogSource, lineAboutLines } from "../core/log-line.ts";
import { plainProperties } from "../core/plain-properties.ts";
import { type Redact, redactWithin } from "../core/redact.ts";
import type { Execution } from "./execution.ts";
import { LogAllowance } from "./log-allowance.ts";

type Content = Pick<LogLine, "message" | "properties">;

interface Held {
  readonly line: LogLine;
  readonly size: number;
  /** How many open waits the code had come to again. */
  readonly waits: number;
}

/**
 * What the code of one execution logs.
 *
 * Code that is replayed logs again what its run has logged before, and what comes before a recorded result was told before
 * that was recorded. Lines are therefore held while the journal is replayed, and dropped at the next result. What is left when
 * it is used up is new, or was logged in the last moment of a process that ended, unless the run was parked: it parks when its code
 * has come to its open waits, and what it logged until then was told.
 */
export class RunLog {
  readonly #execution: Execution;
  readonly #allowance: LogAllowance;
  #held: Held[] = [];
  #heldCharacters = 0;
  /** After so many results. */
  #heldAfter = 0;
  #leftOut = 0;

  constructor(execution: Execution) {
    this.#execution = execution;
    this.#allowance = new LogAllowance(execution.deps.env);
  }

  /** A call of `logger`. */
  log(level: LogLevel, message: unknown, properties: unknown): void {
    this.#add(level, "logger", (redact) => {
      const content = { message: cut(typeof message === "string" ? message : inspect(message), redact) };
      return properties === undefined ? content : { ...content, properties: plainProperties(properties, redact) };
    });
  }

  /** A call of `console`, with the text that it would print; `undefined` when it would print nothing. */
  print(level: LogLevel, compose: () => string | undefined): void {
    this.#add(level, "console", (redact) => {
      const text = compose();
      return text === undefined ? undefined : { message: cut(text.replace(/\n$/, ""), redact) };
    });
  }

  /** Something that the worker has to say to the author of the code. */
  warn(message: string): void {
    this.#add("warn", "perdure", () => ({ message }));
  }

  /** Before how many open waits the lines that are held were told earlier, asked of the node where it makes a difference. */
  async toldBefore(): Promise<number> {
    const { journal, run, deps } = this.#execution;
    const { waits } = journal.place;
    if (!this.#isCurrent || !this.#held.some((held) => held.waits < waits)) return 0;
    // A line that is told twice does less harm than a run that stops here.
    return (await deps.calls.wasParked({ runId: run.id }).catch(() => false)) ? waits : 0;
  }

  /** The journal is used up: whatever is new is told. To be followed at once by what makes it live, so that no line is held for ever. */
  catchUp(toldBefore: number): void {
    const held = this.#isCurrent && !this.#execution.isClosed ? this.#held : [];
    this.#held = [];
    for (const { line, size } of held.filter(({ waits }) => waits >= toldBefore)) this.#send(line, size);
  }

  /** The code has come to its end, perhaps before its journal was used up. */
  end(): void {
    this.catchUp(this.#execution.journal.place.waits);
    this.tellLeftOut();
  }

  get #isCurrent(): boolean {
    return this.#heldAfter === this.#execution.journal.place.results;
  }

  /** Says how many lines are missing so far. */
  tellLeftOut(): void {
    if (this.#leftOut === 0 || this.#execution.isClosed) return;
    const why = `they came faster than ${LIMITS.logs.linesPerSecond} a second, or than they could be passed on`;
    const line = lineAboutLines(this.#leftOut, why, this.#execution.logOrigin);
    if (this.#execution.deps.logs.add(line, line.message.length)) this.#leftOut = 0;
  }

  #add(level: LogLevel, source: LogSource, compose: (redact: Redact) => Content | undefined): void {
    const { deps, journal, isClosed } = this.#execution;
    if (isClosed) return;
    const isLive = journal.isLive;
    if (isLive ? this.#allowance.isSpent : this.#isHoldFull(journal.place.results)) {
      this.#leftOut++;
      return;
    }
    const content = composed(() => compose(deps.redact));
    if (content === undefined) return;
    const line = { ...this.#execution.logOrigin, level, source, ...content };
    const size = sizeOf(content);
    if (isLive) this.#send(line, size);
    else this.#hold(line, size);
  }

  #hold(line: LogLine, size: number): void {
    this.#held.push({ line, size, waits: this.#execution.journal.place.waits });
    this.#heldCharacters += size;
  }

  #isHoldFull(results: number): boolean {
    if (results !== this.#heldAfter) {
      this.#held = [];
      this.#heldCharacters = 0;
      this.#heldAfter = results;
      this.#leftOut = 0;
    }
    return this.#held.length >= LIMITS.logs.burstLines || this.#heldCharacters >= LIMITS.logs.burstCharacters;
  }

  #send(line: LogLine, size: number): void {
    if (!this.#allowance.take(size)) {
      this.#leftOut++;
      return;
    }
    this.tellLeftOut();
    if (!this.#execution.deps.logs.add(line, size)) this.#leftOut++;
  }
}

/** Logging never throws, whatever the `inspect` of what is logged does. */
function composed(compose: () => Content | undefined): Content | undefined {
  try {
    return compose();
  } catch {
    return { message: "[cannot be logged]" };
  }
}

function cut(text: string, redact: Redact): string {
  return redactWithin(text, LIMITS.logs.lineCharacters, redact);
}

function sizeOf({ message, properties }: Content): number {
  return message.length + (properties === undefined ? 0 : JSON.stringify(properties).length);
}

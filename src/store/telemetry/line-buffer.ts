import { type LogLine, lineAboutLines } from "../../core/log-line.ts";

/** Lines that wait to be stored, with a bound on their memory. */
export interface LineBuffer {
  readonly length: number;
  /** Those that there is no room for are left out. */
  add(lines: readonly LogLine[]): void;
  /** Notes that these are missing; the next line of their run is preceded by one that says how many. */
  leaveOut(lines: readonly LogLine[]): void;
  /** The lines of the next transaction. */
  takeBatch(): readonly LogLine[];
  takeAll(): readonly LogLine[];
}

const MOST = { lines: 50_000, characters: 32 * 1024 * 1024 };
const BATCH = { lines: 1_000, characters: 1024 * 1024 };
/** Runs of which we know how many lines are missing. */
const MOST_RUNS = 10_000;
const WHY = "they came faster than they could be stored, or could not be";

export function createLineBuffer(): LineBuffer {
  let waiting: LogLine[] = [];
  let characters = 0;
  const missing = new Map<string, number>();
  return {
    get length() {
      return waiting.length;
    },
    add,
    leaveOut: (lines) => {
      for (const line of lines) leaveOut(line);
    },
    takeBatch,
    takeAll: () => {
      const all = waiting;
      waiting = [];
      characters = 0;
      return all;
    },
  };

  function add(lines: readonly LogLine[]): void {
    for (const line of lines) {
      if (waiting.length >= MOST.lines || characters >= MOST.characters) leaveOut(line);
      else push(line);
    }
  }

  function push(line: LogLine): void {
    const count = missing.get(line.runId);
    if (count !== undefined) {
      missing.delete(line.runId);
      const { level: _, source: __, message: ___, properties: ____, ...origin } = line;
      keep(lineAboutLines(count, WHY, origin));
    }
    keep(line);
  }

  function keep(line: LogLine): void {
    waiting.push(line);
    characters += sizeOf(line);
  }

  function leaveOut(line: LogLine): void {
    const count = missing.get(line.runId);
    if (count === undefined && missing.size >= MOST_RUNS) return;
    missing.set(line.runId, (count ?? 0) + 1);
  }

  function takeBatch(): readonly LogLine[] {
    let count = 0;
    let size = 0;
    for (const line of waiting) {
      if (count === BATCH.lines || (count > 0 && size + sizeOf(line) > BATCH.characters)) break;
      count++;
      size += sizeOf(line);
    }
    characters -= size;
    return waiting.splice(0, count);
  }
}

/** The message alone: properties are short, and bounded like it. */
function sizeOf({ message }: LogLine): number {
  return message.length + 100;
}

import { createHash } from "node:crypto";

/** Everything that happens in a simulation, a line each. Two runs of one seed are the same when their hashes are. */
export interface SimLog {
  add(line: string): void;
  /** Of all lines so far. */
  hash(): string;
  /** Empty unless the lines are kept. */
  readonly lines: readonly string[];
  readonly count: number;
}

const LINES_PER_UPDATE = 200;

export function createLog(isKept: boolean): SimLog {
  const digest = createHash("sha256");
  const lines: string[] = [];
  let pending: string[] = [];
  let count = 0;

  function flush(): void {
    if (pending.length > 0) digest.update(`${pending.join("\n")}\n`);
    pending = [];
  }

  return {
    add(line) {
      count += 1;
      pending.push(line);
      if (isKept) lines.push(line);
      if (pending.length === LINES_PER_UPDATE) flush();
    },
    hash() {
      flush();
      return digest.copy().digest("hex");
    },
    lines,
    get count() {
      return count;
    },
  };
}

/** Cuts text that arrives in chunks of any size into lines. */
export interface LineReader {
  /** @returns The lines that this chunk completes, without their ends. */
  read(chunk: string): readonly string[];
  /** What came after the last line's end. */
  rest(): string;
}

/** @param longest - Characters after which a line is cut, where nobody can be trusted to end his lines. */
export function createLineReader(longest = Number.POSITIVE_INFINITY): LineReader {
  // Parts, joined once: adding each chunk to a text and searching that reads a huge message again with every chunk.
  let parts: string[] = [];
  let length = 0;
  return { read, rest: () => parts.join("") };

  function read(chunk: string): readonly string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", from)) {
      keep(chunk.slice(from, end));
      lines.push(take());
      from = end + 1;
    }
    keep(chunk.slice(from));
    if (length >= longest) lines.push(take());
    return lines;
  }

  function keep(part: string): void {
    if (part === "") return;
    parts.push(part);
    length += part.length;
  }

  function take(): string {
    const line = parts.join("");
    parts = [];
    length = 0;
    return line;
  }
}

/** More than this is not held back for the end of the turn: one text of all that a turn says could exceed what a string can be. */
const MOST_HELD = 1024 * 1024;

export interface LineWriter {
  write(line: string): void;
  /** Writes what is held back now. */
  flush(): void;
}

/** Writes lines, all of one turn of the event loop at once: most of what a small message costs is its write. */
export function createLineWriter(
  write: (text: string) => unknown,
  env: { turn(action: () => void): void },
): LineWriter {
  let held = "";
  let isAsked = false;
  return {
    flush,
    write(line) {
      held += `${line}\n`;
      if (held.length >= MOST_HELD) return flush();
      if (isAsked) return;
      isAsked = true;
      env.turn(() => {
        isAsked = false;
        flush();
      });
    },
  };

  function flush(): void {
    const text = held;
    held = "";
    if (text !== "") write(text);
  }
}

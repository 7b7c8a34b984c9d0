/** Where commands write. Results go to standard output, everything else to standard error, so that results can be piped. */
export interface Terminal {
  /** Whether results are wanted as JSON. */
  readonly isJson: boolean;
  /** A result for people. Left out where JSON is wanted. */
  line(text: string): void;
  /** A result for programs, one line of JSON. Left out where people read. */
  json(result: unknown): void;
  /** What is going on, for people who wait. */
  progress(text: string): void;
  paint(text: string, color: Color): string;
}

const COLORS = { red: 31, green: 32, yellow: 33, blue: 34, gray: 90 } as const;
export type Color = keyof typeof COLORS;

interface Stream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export function createTerminal({
  isJson,
  out,
  err,
  variables,
}: {
  readonly isJson: boolean;
  readonly out: Stream;
  readonly err: Stream;
  readonly variables: Readonly<Record<string, string | undefined>>;
}): Terminal {
  // https://no-color.org: any content but the empty one turns colours off.
  const isPainted = out.isTTY === true && !variables["NO_COLOR"];
  return {
    isJson,
    line: (text) => void (isJson || out.write(`${text}\n`)),
    json: (result) => void (isJson && out.write(`${JSON.stringify(result)}\n`)),
    progress: (text) => void (isJson || err.write(`${text}\n`)),
    paint: (text, color) => (isPainted ? `\u001b[${COLORS[color]}m${text}\u001b[0m` : text),
  };
}

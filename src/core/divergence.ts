import { ERRORS } from "./errors.ts";

/** Where a run's code and its journal part, for people: what was recorded, and what the code asked for instead. */
export function describeDivergence(place: {
  expected: string;
  released: number;
  asked: readonly string[];
  hasReturned: boolean;
}): string {
  const { expected, released, asked, hasReturned } = place;
  const lines = [`After ${released} of its recorded results, the journal goes on with`, `  - ${readableKey(expected)}`];
  if (asked.length > 0) lines.push("but the code asked for", ...asked.map((key) => `  + ${readableKey(key)}`));
  else if (hasReturned) lines.push("but the code returned.");
  return lines.join("\n");
}

/** What `describeDivergence` has said, for whoever shows it beside the journal. */
export interface Divergence {
  /** What the journal goes on with, readable. */
  readonly expected: string;
  /** How many results the code had seen by then; absent where only the difference was told. */
  readonly released?: number;
  /** Readable; none where the code returned. */
  readonly asked: readonly string[];
}

/** Finds the difference in a text that holds it, such as the message of a failure; `undefined` when there is none. */
export function readDivergence(message: string): Divergence | undefined {
  // What to do stands behind the last line of the difference.
  const text = message.replace(` ${ERRORS.JOURNAL_DIVERGED.cure}`, "");
  const expected = /^ {2}- (.*)$/m.exec(text)?.[1];
  if (expected === undefined) return undefined;
  const released = /^After (\d+) of its recorded results/m.exec(text)?.[1];
  const asked = [...text.matchAll(/^ {2}\+ (.*)$/gm)].map(([, name]) => name as string);
  return { expected, asked, ...(released === undefined ? {} : { released: Number(released) }) };
}

/** `step:charge/42#1` as `step "charge" with key "42"`. */
export function readableKey(key: string): string {
  const request = /^http:([A-Z]+) ([^/#]+)\.[\w-]+\/[\w-]+#(\d+)/.exec(key);
  if (request !== null)
    return `${request[1]} to ${plain(request[2])}${request[3] === "1" ? "" : `, occurrence ${request[3]}`}`;
  const timer = /^timer:(every )?(\d+)#(\d+)$/.exec(key);
  if (timer !== null) return `a timer of ${timer[2]} ms`;
  const undo = /^undo:(\d+)$/.exec(key);
  if (undo !== null) return `the taking back of entry ${undo[1]}`;
  const parsed = /^(\w+):([^/#]*)(?:\/([^#]*))?#(\d+)$/.exec(key);
  if (parsed === null) return key;
  const [, kind, name, detail, count] = parsed;
  const times = count === "1" ? "" : `, occurrence ${count}`;
  switch (kind) {
    case "step":
      return `step "${plain(name)}"${detail === undefined ? "" : ` with key "${plain(detail)}"`}${times}`;
    case "wait":
      return `wait.${plain(name)}(${plain(detail)})${times}`;
    case "children":
      return `triggerAndWait of ${plain(name)} (${plain(detail).slice(0, 12)})${times}`;
    case "trigger":
      return `trigger of ${plain(name)} (${plain(detail).slice(0, 12)})${times}`;
    default:
      return key;
  }
}

function plain(part: string | undefined): string {
  return decodeURIComponent(part ?? "");
}

/**
 * Outputs compared part by part. A part that differs between two undisturbed performances, which begin at different times, is what it is
 * each time, and says nothing about a cut; nor does one that is later by as much as the whole performance was.
 */

/** An output, encoded, and how long its run took until then on its own clock. */
export interface Outcome {
  readonly output: string | undefined;
  readonly lastedMs: number;
}

/** By how much the time of a part may differ from that of the whole: what was measured before and after real requests. */
const TOLERANCE_MS = 1_000;
/** From so much on a difference in time is one by the cut. */
const LATE_MS = 2_000;

/** The paths of the parts of two outputs that are not the same. */
export function differingParts(a: Outcome, b: Outcome): readonly string[] {
  const [first, second] = [partsOf(a.output), partsOf(b.output)];
  return [...new Set([...first.keys(), ...second.keys()])].filter((path) => first.get(path) !== second.get(path));
}

/** The paths of the parts by which the output of a performance that was cut differs from the undisturbed one, `ignored` ones left out. */
export function differencesByCut(cut: Outcome, undisturbed: Outcome, ignored: readonly string[]): readonly string[] {
  const [before, after] = [partsOf(undisturbed.output), partsOf(cut.output)];
  const lateMs = cut.lastedMs - undisturbed.lastedMs;
  return differingParts(undisturbed, cut).filter(
    (path) => !ignored.some((one) => isWithin(path, one)) && !isLater(before.get(path), after.get(path), lateMs),
  );
}

/** Path and JSON of everything in it that has no parts of its own. */
function partsOf(output: string | undefined): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  if (output !== undefined) visit((JSON.parse(output) as { readonly json?: unknown }).json, "");
  return parts;

  function visit(part: unknown, path: string): void {
    const inner = typeof part === "object" && part !== null ? Object.entries(part) : [];
    if (inner.length === 0) parts.set(path, JSON.stringify(part));
    for (const [name, value] of inner)
      visit(value, Array.isArray(part) ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`);
  }
}

function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}.`) || path.startsWith(`${other}[`);
}

/** Milliseconds, seconds or dates that are as much later as the whole. */
function isLater(before: string | undefined, after: string | undefined, lateMs: number): boolean {
  if (before === undefined || after === undefined || lateMs < LATE_MS) return false;
  const [from, to] = [instantOf(before), instantOf(after)];
  return [1, 1_000].some((unit) => Math.abs((to - from) * unit - lateMs) <= TOLERANCE_MS);
}

function instantOf(json: string): number {
  const value: unknown = JSON.parse(json);
  return typeof value === "number" ? value : typeof value === "string" ? Date.parse(value) : Number.NaN;
}

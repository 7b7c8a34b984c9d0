/** False for what a verb answers that refused or found nothing to do: a crash there cuts nothing. */
export function hasChanged(verb: string, result: unknown): boolean {
  if (Array.isArray(result)) return result.length > 0;
  const { refused, released, deleted, woken } = result as Partial<Readonly<Record<string, unknown>>>;
  // The waker asks again and again; whoever ends a run has changed that run, whether or not anybody waited for it.
  const isIdleWaker = verb === "completeDueWaitpoints" && (woken as readonly unknown[]).length === 0;
  return refused === undefined && released !== 0 && deleted !== 0 && !isIdleWaker;
}

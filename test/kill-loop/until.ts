import { setTimeout as pause } from "node:timers/promises";

/** Asks again and again until it is so. @throws when it is not in time. */
export async function until<Value>(
  what: string,
  ask: () => Value | undefined | Promise<Value | undefined>,
  withinMs = 60_000,
): Promise<Value> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`In ${withinMs} ms it never happened: ${what}`);
    await pause(10);
  }
}

const WARM_UP_MS = 300;
const WINDOW_MS = 700;

export type Rate = {
  readonly perSecond: number;
  /** Processor time of all threads for one of them, the warm-up included: what remains comparable when others use the machine. */
  readonly cpuMicros: number;
};

/**
 * How often per second so many loops come round together, in a window after a warm-up.
 *
 * @param act - One round of one loop; answers with how much it has done.
 */
export async function measureRate(loops: number, act: () => Promise<number>): Promise<Rate> {
  const cpu = process.cpuUsage();
  const from = performance.now() + WARM_UP_MS;
  const to = from + WINDOW_MS;
  let done = 0;
  let doneBefore = 0;
  let endedAt = to;
  async function loop(): Promise<void> {
    for (;;) {
      const count = await act();
      const now = performance.now();
      if (now < from) doneBefore += count;
      else {
        done += count;
        endedAt = now;
      }
      if (now >= to) return;
    }
  }
  await Promise.all(Array.from({ length: loops }, loop));
  return { perSecond: (done * 1_000) / (endedAt - from), cpuMicros: cpuMicrosSince(cpu) / (done + doneBefore) };
}

export function cpuMicrosSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** How many worker processes a pool keeps: a rule, asked once a second, that is slow to grow and slower to shrink. */
export interface PoolBounds {
  readonly min: number;
  readonly max: number;
}

/** What a pool sees of itself in one look. */
export interface PoolLoad {
  /** Processes that take runs. */
  readonly ready: number;
  /** Runs that they hold. */
  readonly held: number;
  /** Runs that each may hold. */
  readonly slots: number;
  /** Runs that could begin at once and have not been taken by anybody. */
  readonly backlog: number;
  /** By how much the event loop of the least busy one was late. */
  readonly lagMs: number;
}

/** What the last looks had in common. */
export interface PoolTrend {
  readonly size: number;
  /** Looks in a row that asked for more, or for fewer. */
  readonly pressedLooks: number;
  readonly idleLooks: number;
}

/** An event loop that is later than this has no time for more runs; one that waits for others, in however many runs, is never so late. */
export const LAGGING_MS = 100;
/** A burst that is over by the next look needs no process. */
export const LOOKS_TO_GROW = 2;
/** A process costs its memory, and its successor 300 ms of start: those that are not needed for a minute go. */
export const LOOKS_TO_SHRINK = 60;
/** Of the slots that would be left, how many may be in use for a process to be dispensable. */
const SPARE_SHARE = 0.5;

export function startTrend({ min }: PoolBounds): PoolTrend {
  return { size: min, pressedLooks: 0, idleLooks: 0 };
}

/** The size that the pool is to have after this look. It changes by one at a time, and only when the looks agree. */
export function nextTrend({ min, max }: PoolBounds, load: PoolLoad, { size, ...last }: PoolTrend): PoolTrend {
  const isSettled = load.ready >= size;
  const pressedLooks = isPressed(load) ? last.pressedLooks + 1 : 0;
  const idleLooks = isIdle(load, size) ? last.idleLooks + 1 : 0;
  if (pressedLooks >= LOOKS_TO_GROW && isSettled && size < max)
    return { size: size + 1, pressedLooks: 0, idleLooks: 0 };
  if (idleLooks >= LOOKS_TO_SHRINK && size > min) return { size: size - 1, pressedLooks: 0, idleLooks: 0 };
  return { size: Math.min(Math.max(size, min), max), pressedLooks, idleLooks };
}

/** Whether it is worth to ask for the backlog: where slots are free on a quick loop, there is none that matters. */
export function mayBePressed({ ready, held, slots, lagMs }: Omit<PoolLoad, "backlog">): boolean {
  return held >= ready * slots || lagMs > LAGGING_MS;
}

/** Runs wait, and those who could take them are full or have no time; or they have no time for what they took already. */
function isPressed(load: PoolLoad): boolean {
  const isLagging = load.lagMs > LAGGING_MS;
  return (load.backlog > 0 && mayBePressed(load)) || (isLagging && load.held > load.ready);
}

function isIdle({ held, slots, backlog, lagMs }: PoolLoad, size: number): boolean {
  return backlog === 0 && lagMs <= LAGGING_MS && held <= (size - 1) * slots * SPARE_SHARE;
}

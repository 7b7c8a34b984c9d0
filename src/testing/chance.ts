/** Chance from a seed: fit for tests, not for keys. */
export interface Chance {
  /** A number in [0, 1). */
  next(): number;
  bytes(length: number): Uint8Array;
}

/** sfc32, a small generator that passes the usual statistical batteries; the first numbers are thrown away to mix the seed. */
export function createChance(seed: number): Chance {
  let a = seed >>> 0;
  let b = Math.floor(seed / 2 ** 32) >>> 0;
  let c = 0x9e3779b9;
  let counter = 1;

  function next32(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  for (let i = 0; i < 15; i++) next32();
  return {
    next: () => next32() / 2 ** 32,
    bytes: (length) => Uint8Array.from({ length }, () => next32() & 255),
  };
}

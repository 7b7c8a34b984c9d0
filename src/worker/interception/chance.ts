/**
 * Chance for code inside a run comes from its effects; other code gets the runtime's. Each function first does its work with
 * the runtime's own chance, which checks what it is given and makes what it returns, and then has the bytes written over.
 * Keys (`generateKey…`, `subtle`) are left alone: nobody may be able to make them again.
 */
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { currentEffects } from "../context.ts";
import type { Effects } from "../effects/effects.ts";
import { type AnyFunction, Replacements } from "./replacements.ts";
import { uuidV4, uuidV7 } from "./uuids.ts";

/** Names that Node keeps for old code, which all mean `randomBytes`. */
const OLD_NAMES = ["pseudoRandomBytes", "prng", "rng"];

/** What `randomInt` draws, as Node does. */
const INT_BYTES = 6;
const LARGEST_INT = 2 ** 48 - 1;

/** @returns What puts everything back that nobody has replaced since. */
export function interceptChance(): () => void {
  const replaced = new Replacements();
  replaced.method(Math, "random", mathRandom);
  for (const name of ["randomBytes", ...OLD_NAMES]) replaced.method(crypto, name, randomBytes);
  replaced.method(crypto, "randomFillSync", randomFillSync);
  replaced.method(crypto, "randomFill", (original) => randomFill(original, crypto.randomFillSync));
  replaced.method(crypto, "randomInt", randomInt);
  replaced.method(crypto, "randomUUID", (original) => randomUuid(original, uuidV4));
  replaced.method(crypto, "randomUUIDv7", (original) => randomUuid(original, uuidV7));
  // The function of this name in `node:crypto` cannot be replaced, and calls this one.
  replaced.methodOf(globalThis.crypto, "getRandomValues", getRandomValues);
  replaced.methodOf(globalThis.crypto, "randomUUID", (original) => randomUuid(original, uuidV4));
  syncBuiltinESMExports();
  return () => {
    replaced.restore();
    syncBuiltinESMExports();
  };
}

function mathRandom(original: AnyFunction): AnyFunction {
  return function () {
    const effects = currentEffects();
    return effects === undefined ? original.call(this) : effects.random();
  };
}

function randomBytes(original: AnyFunction): AnyFunction {
  return function (size: unknown, callback?: unknown) {
    const effects = currentEffects();
    if (effects === undefined || !isCallback(callback)) return original.call(this, size, callback);
    const bytes: Buffer = original.call(this, size);
    bytes.set(effects.randomBytes(bytes.length));
    if (callback === undefined) return bytes;
    process.nextTick(callback, null, bytes);
  };
}

function randomFillSync(original: AnyFunction): AnyFunction {
  return function (target: ArrayBuffer | NodeJS.ArrayBufferView, offset?: number, size?: number) {
    const effects = currentEffects();
    const filled = original.call(this, target, offset, size);
    if (effects !== undefined) overwrite(part(target, offset, size), effects);
    return filled;
  };
}

/** @param fillSync - That of code inside a run. */
function randomFill(original: AnyFunction, fillSync: AnyFunction): AnyFunction {
  return function (...args: unknown[]) {
    // What Node calls is the first function after the target.
    const place = args.findIndex((argument, index) => index > 0 && index <= 3 && typeof argument === "function");
    if (currentEffects() === undefined || place === -1) return original.apply(this, args);
    fillSync.apply(this, args.slice(0, place));
    process.nextTick(args[place] as AnyFunction, null, args[0]);
  };
}

function randomInt(original: AnyFunction): AnyFunction {
  return function (...args: unknown[]) {
    const effects = currentEffects();
    const place = typeof args[1] === "function" ? 1 : 2;
    const callback = args[place];
    if (effects === undefined || !isCallback(callback)) return original.apply(this, args);
    const bounds = args.slice(0, place);
    original.apply(this, bounds);
    const [least, end] = (bounds[1] === undefined ? [0, bounds[0]] : bounds) as [number, number];
    const drawn = least + drawBelow(end - least, effects);
    if (callback === undefined) return drawn;
    process.nextTick(callback, undefined, drawn);
  };
}

/** Draws again what would make the lower numbers likelier. */
function drawBelow(range: number, effects: Effects): number {
  const limit = LARGEST_INT - (LARGEST_INT % range);
  for (;;) {
    const drawn = Buffer.from(effects.randomBytes(INT_BYTES)).readUIntBE(0, INT_BYTES);
    if (drawn < limit) return drawn % range;
  }
}

function randomUuid(original: AnyFunction, make: (effects: Effects) => string): AnyFunction {
  return function (...args: unknown[]) {
    const effects = currentEffects();
    const made = original.apply(this, args);
    return effects === undefined ? made : make(effects);
  };
}

function getRandomValues(original: AnyFunction): AnyFunction {
  return function (...args: unknown[]) {
    const effects = currentEffects();
    const filled: NodeJS.ArrayBufferView = original.apply(this, args);
    if (effects !== undefined) overwrite(part(filled), effects);
    return filled;
  };
}

/** @param offset - In elements, as is `size`. Both were checked. */
function part(target: ArrayBuffer | NodeJS.ArrayBufferView, offset = 0, size?: number): Uint8Array {
  const [buffer, start] = ArrayBuffer.isView(target) ? [target.buffer, target.byteOffset] : [target, 0];
  const elementBytes = "BYTES_PER_ELEMENT" in target ? (target.BYTES_PER_ELEMENT as number) : 1;
  const from = Math.trunc(offset * elementBytes);
  const length = size === undefined ? target.byteLength - from : Math.trunc(size * elementBytes);
  return new Uint8Array(buffer, start + from, length);
}

function overwrite(bytes: Uint8Array, effects: Effects): void {
  bytes.set(effects.randomBytes(bytes.length));
}

function isCallback(candidate: unknown): candidate is AnyFunction | undefined {
  return candidate === undefined || typeof candidate === "function";
}

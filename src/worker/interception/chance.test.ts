import crypto, { getRandomValues, randomUUID as namedUuid, randomBytes, randomInt, webcrypto } from "node:crypto";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Stage } from "../../../test/interception/stage.ts";
import { interceptChance } from "./chance.ts";

const NAMES = ["randomBytes", "randomFill", "randomFillSync", "randomInt", "randomUUID"] as const;
const before = { random: Math.random, ...crypto };
const webBefore = { values: globalThis.crypto.getRandomValues, uuid: globalThis.crypto.randomUUID };
const required = createRequire(import.meta.url)("crypto") as typeof crypto & Record<string, typeof randomBytes>;
/** In Node since 24.21 or so; absent in older ones. */
const uuidV7 = Reflect.get(crypto, "randomUUIDv7") as (() => string) | undefined;
let stage: Stage;
let restore: () => void;

beforeEach(() => {
  stage = new Stage();
  restore = interceptChance();
});

afterEach(() => restore());

const UUIDS = ["00010203-0405-4607-8809-0a0b0c0d0e0f", "10111213-1415-4617-9819-1a1b1c1d1e1f"];

function thrownBy(code: () => unknown): unknown {
  try {
    return code();
  } catch (error) {
    return error;
  }
}

/** What a function with a callback at its end calls it with. */
function called(call: (callback: (...args: unknown[]) => void) => unknown): Promise<unknown[]> {
  return new Promise((resolve) => {
    let isSync = true;
    call((...args) => resolve(isSync ? ["at once", ...args] : args));
    isSync = false;
  });
}

describe("the chance of a run", () => {
  it("is that of its effects in Math.random", () => {
    expect(stage.run(() => [Math.random(), Math.random()])).toEqual([1 / 1024, 2 / 1024]);
  });

  it.each<[string, () => string]>([
    ["the global crypto", () => globalThis.crypto.randomUUID()],
    ["webcrypto", () => webcrypto.randomUUID()],
    ["node:crypto", () => crypto.randomUUID()],
    ["its name", () => namedUuid()],
    ["require", () => required.randomUUID({ disableEntropyCache: true })],
  ])("makes UUIDs by way of %s", (_, make) => {
    expect(stage.run(() => [make(), make()])).toEqual(UUIDS);
    expect(make()).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });

  it("makes UUIDs of its time where this runtime can", () => {
    if (uuidV7 === undefined) return expect("randomUUIDv7" in crypto).toBe(false);
    const make = Reflect.get(crypto, "randomUUIDv7") as () => string;
    const time = stage.wall.toString(16).padStart(12, "0");
    expect(stage.run(make)).toBe(`${time.slice(0, 8)}-${time.slice(8)}-7001-8203-040506070809`);
    expect(make().slice(0, 13)).not.toBe(`${time.slice(0, 8)}-${time.slice(8)}`);
  });

  it.each<[string, typeof globalThis.crypto.getRandomValues]>([
    ["the global crypto", (array) => globalThis.crypto.getRandomValues(array)],
    ["webcrypto", (array) => webcrypto.getRandomValues(array as never) as typeof array],
    ["node:crypto", (array) => crypto.getRandomValues(array as never) as typeof array],
    ["its name", (array) => getRandomValues(array as never) as typeof array],
  ])("fills arrays by way of %s", (_, fill) => {
    const array = new Uint8Array(new ArrayBuffer(16), 4, 8).fill(255);
    expect(stage.run(() => fill(array))).toBe(array);
    expect([...array]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([...new Uint8Array(array.buffer)].filter((byte) => byte === 0)).toHaveLength(9);
    expect(stage.run(() => fill(new Uint16Array(2)))).toEqual(new Uint16Array([0x0908, 0x0b0a]));
  });

  it.each<[string, typeof randomBytes]>([
    ["node:crypto", (size: number) => crypto.randomBytes(size)],
    ["its name", (size: number) => randomBytes(size)],
    ["require", (size: number) => required.randomBytes(size)],
    ["an old name", (size: number) => required["pseudoRandomBytes"]?.(size) as Buffer],
    ["another", (size: number) => required["rng"]?.(size) as Buffer],
  ] as [string, typeof randomBytes][])("is bytes by way of %s", (_, make) => {
    const bytes = stage.run(() => make(4));
    expect(Buffer.isBuffer(bytes)).toBe(true);
    expect([...bytes]).toEqual([0, 1, 2, 3]);
    expect([...stage.run(() => make(2))]).toEqual([4, 5]);
    expect(stage.run(() => make(0))).toHaveLength(0);
  });

  it("comes later to callbacks, as Node's does", async () => {
    expect(await called((done) => stage.run(() => randomBytes(2, done)))).toEqual([null, Buffer.from([0, 1])]);
    expect(await stage.run(() => promisify(randomBytes)(2))).toEqual(Buffer.from([2, 3]));
    expect(await called((done) => stage.run(() => randomInt(256, done)))).toEqual([undefined, 0x09]);
    expect(await called((done) => stage.run(() => randomInt(256, 512, done)))).toEqual([undefined, 256 + 0x0f]);
    const target = new Uint8Array(4);
    expect(await called((done) => stage.run(() => crypto.randomFill(target, 2, done)))).toEqual([null, target]);
    expect([...target]).toEqual([0, 0, 16, 17]);
  });

  it("is heard in the run whose code asked", async () => {
    const drawn = await stage.run(
      () => new Promise<string>((resolve) => randomBytes(16, () => resolve(globalThis.crypto.randomUUID()))),
    );
    expect(drawn).toBe(UUIDS[1]);
  });

  it.each<[string, () => ArrayBuffer | NodeJS.ArrayBufferView, number | undefined, number | undefined, number[]]>([
    ["all of a buffer", () => Buffer.alloc(4, 255), undefined, undefined, [0, 1, 2, 3]],
    ["its end", () => Buffer.alloc(4, 255), 2, undefined, [255, 255, 0, 1]],
    ["its middle", () => Buffer.alloc(4, 255), 1, 2, [255, 0, 1, 255]],
    ["nothing of it", () => Buffer.alloc(4, 255), 1, 0, [255, 255, 255, 255]],
    ["an array of pairs of bytes", () => new Uint16Array(3).fill(65_535), 1, 1, [255, 255, 0, 1, 255, 255]],
    ["a view", () => new DataView(new ArrayBuffer(3), 1), 1, undefined, [0, 0, 0]],
    ["a buffer of bytes", () => new Uint8Array([255, 255, 255]).buffer, 2, undefined, [255, 255, 0]],
  ])("fills %s", async (_, make, offset, size, expected) => {
    const bytesOf = (target: ArrayBuffer | NodeJS.ArrayBufferView) => [
      ...new Uint8Array(ArrayBuffer.isView(target) ? target.buffer : target).slice(0, expected.length),
    ];
    const args = [offset, size].filter((arg) => arg !== undefined);
    const target = make();
    const fillSync = crypto.randomFillSync as (...args: unknown[]) => unknown;
    expect(stage.run(() => fillSync(target, ...args))).toBe(target);
    if (Buffer.isBuffer(target)) expect([...target]).toEqual(expected);
    else expect(bytesOf(target)).toEqual(expected);
    const other = make();
    stage.drawn = 0;
    const fill = crypto.randomFill as (...args: unknown[]) => unknown;
    // With a callback for its third argument, Node asks a buffer of bytes and a view for the length that they do not have.
    const given = args.length === 1 && !("length" in other) ? [offset, other.byteLength - Number(offset)] : args;
    expect(await called((done) => stage.run(() => fill(other, ...given, done)))).toEqual([null, other]);
    if (Buffer.isBuffer(other)) expect([...other]).toEqual(expected);
    else expect(bytesOf(other)).toEqual(expected);
  });

  it("is spread evenly over whole numbers: what would favor some is drawn again", () => {
    const limit = 2 ** 48 - 1;
    const drawn = [limit, limit - (limit % 1_000), limit - (limit % 1_000) - 1, 123_456];
    stage.randomBytes = (length) => {
      const bytes = Buffer.alloc(length);
      bytes.writeUIntBE(drawn.shift() ?? 0, 0, length);
      return bytes;
    };
    expect(stage.run(() => [randomInt(1_000), randomInt(-5, 995)])).toEqual([999, 451]);
    expect(drawn).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    ["an array of fractions", () => globalThis.crypto.getRandomValues(new Float64Array(1) as never)],
    ["no array", () => (globalThis.crypto.getRandomValues as () => void)()],
    ["an array that is too long", () => globalThis.crypto.getRandomValues(new Uint8Array(65_537))],
    ["a crypto that is none", () => globalThis.crypto.getRandomValues.call({} as never, new Uint8Array(1))],
    ["a crypto that is none, for a UUID", () => globalThis.crypto.randomUUID.call({} as never)],
    ["options that are none", () => namedUuid("fast" as never)],
    ["a size that is text", () => randomBytes("4" as never)],
    ["a size below zero", () => randomBytes(-1)],
    ["a callback that is none", () => randomBytes(4, "later" as never)],
    ["no numbers in a range", () => randomInt(5, 5)],
    ["a range that is too large", () => randomInt(0, 2 ** 48)],
    ["a bound that is no integer", () => randomInt(1.5)],
    ["a callback for a number that is none", () => randomInt(1, 2, "later" as never)],
    ["a target that is none", () => crypto.randomFillSync([] as never)],
    ["an offset beyond the target", () => crypto.randomFillSync(Buffer.alloc(2), 3)],
    ["a size beyond the target", () => crypto.randomFillSync(Buffer.alloc(2), 1, 2)],
    ["no callback", () => (crypto.randomFill as (target: Buffer) => void)(Buffer.alloc(2))],
    ["a target that is none, with a callback", () => crypto.randomFill([] as never, () => undefined)],
  ])("is refused in Node's words for %s", (_, code) => {
    const expected = thrownBy(code);
    expect(expected).toBeInstanceOf(Error);
    expect(stage.run(() => thrownBy(code))).toEqual(expected);
    expect(stage.drawn).toBe(0);
  });
});

describe("keys", () => {
  it("are made by the runtime alone", async () => {
    const made = await stage.run(async () => {
      const key = await globalThis.crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, true, ["sign"]);
      const { privateKey } = crypto.generateKeyPairSync("ed25519");
      return [key, privateKey, crypto.generateKeySync("hmac", { length: 64 })];
    });
    expect(made).toHaveLength(3);
    expect(stage.drawn).toBe(0);
  });
});

describe("the chance of other code", () => {
  it("is the runtime's", async () => {
    const texts = [
      Math.random(),
      randomBytes(16).toString("hex"),
      crypto.randomFillSync(Buffer.alloc(16)).toString("hex"),
      String(globalThis.crypto.getRandomValues(new Uint8Array(16))),
      namedUuid(),
      (await promisify(randomBytes)(16)).toString("hex"),
    ];
    expect(new Set(texts).size).toBe(texts.length);
    const [, filled] = await called((done) => crypto.randomFill(Buffer.alloc(16), done));
    expect(filled).not.toEqual(Buffer.alloc(16));
    expect(await called((done) => randomInt(5, 6, done))).toEqual([undefined, 5]);
    expect(stage.drawn).toBe(0);
  });

  it("looks as it did, and is as before once it is all put back", () => {
    for (const name of NAMES) {
      expect(crypto[name]).not.toBe(before[name]);
      expect([crypto[name].name, crypto[name].length]).toEqual([name, before[name].length]);
    }
    expect(Object.keys(crypto)).not.toContain("rng");
    restore();
    expect(Math.random).toBe(before.random);
    for (const name of NAMES) expect(crypto[name]).toBe(before[name]);
    expect(required["rng"]).toBe(before.randomBytes);
    expect(namedUuid).toBe(before.randomUUID);
    expect([globalThis.crypto.getRandomValues, globalThis.crypto.randomUUID]).toEqual([
      webBefore.values,
      webBefore.uuid,
    ]);
  });
});

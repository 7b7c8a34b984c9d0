import { type Cipheriv, createCipheriv, createHmac } from "node:crypto";

/** The first block is small, since most stretches ask for few numbers; a million calls want large ones. */
const FIRST_BLOCK_BYTES = 64;
const BLOCK_BYTES = 4096;
const NUMBER_BYTES = 8;
const ZEROS = Buffer.alloc(BLOCK_BYTES);

/**
 * Chance that is the same in every process that continues a run, and that nobody can foretell who does not have the seed.
 *
 * A journal is cut into stretches, one from each released result to the next. Each stretch has a source of its own, so code
 * that draws once more or less in one of them gets what it got before in all others.
 *
 * Bytes are the same in every attempt, since ids that were sent to others must survive a retry; numbers are not, since a
 * retry that throws the same dice again would fail of the same throw.
 */
export class SeededChance {
  readonly #seed: string;
  readonly #attempt: number;
  #stretch: string | undefined;
  #bytes: ByteStream | undefined;
  #numbers: NumberStream | undefined;

  /** @param attempt - Its number, from 1. The stretch is one without a name until `moveTo` is called. */
  constructor(seed: string, attempt: number) {
    this.#seed = seed;
    this.#attempt = attempt;
  }

  /** Draws come from this stretch from now on. A name that was left before gives what it gave then: names must not come again. */
  moveTo(stretch: string): void {
    if (stretch === this.#stretch) return;
    this.#stretch = stretch;
    this.#bytes = undefined;
    this.#numbers = undefined;
  }

  /** As `randomBytes(length)`; the memory is the caller's. */
  bytes(length: number): Uint8Array {
    this.#bytes ??= new ByteStream(this.#seed, `bytes ${this.#label()}`);
    return this.#bytes.take(length);
  }

  /** As `Math.random()`: 53 bits. */
  number(): number {
    this.#numbers ??= new NumberStream(new ByteStream(this.#seed, `numbers ${this.#attempt} ${this.#label()}`));
    return this.#numbers.next();
  }

  /** The stretch without a name is none that has one, be it the empty one. */
  #label(): string {
    return this.#stretch === undefined ? "first" : `of ${this.#stretch}`;
  }
}

/**
 * HMAC-SHA256 of the label is the key of an AES-256 counter: two microseconds for the first byte, and as many for each
 * further 4 KB. With an HMAC for each 32 bytes a million numbers took half a second.
 */
class ByteStream {
  readonly #cipher: Cipheriv;

  constructor(seed: string, label: string) {
    const key = createHmac("sha256", seed).update(label).digest();
    this.#cipher = createCipheriv("aes-256-ctr", key, ZEROS.subarray(0, 16));
  }

  take(length: number): Uint8Array {
    return this.#cipher.update(length <= BLOCK_BYTES ? ZEROS.subarray(0, length) : Buffer.alloc(length));
  }
}

class NumberStream {
  readonly #bytes: ByteStream;
  #block: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;

  constructor(bytes: ByteStream) {
    this.#bytes = bytes;
  }

  next(): number {
    if (this.#at === this.#block.byteLength) this.#refill();
    const high = this.#block.getUint32(this.#at) >>> 5;
    const low = this.#block.getUint32(this.#at + 4) >>> 6;
    this.#at += NUMBER_BYTES;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  #refill(): void {
    const { buffer, byteOffset, byteLength } = this.#bytes.take(
      this.#block.byteLength === 0 ? FIRST_BLOCK_BYTES : BLOCK_BYTES,
    );
    this.#block = new DataView(buffer, byteOffset, byteLength);
    this.#at = 0;
  }
}

import { createCipheriv, createDecipheriv, createHmac, createSecretKey } from "node:crypto";
import { perdureError } from "../core/errors.ts";

/** Values that users gave us, as they lie on the disk: encrypted with the installation's key (AES-256-GCM). */
export interface Seal {
  close(text: string): Uint8Array;
  /** @throws {PerdureError} `ENCRYPTION_KEY_WRONG` when the key is another or the bytes were altered. */
  open(bytes: Uint8Array): string;
  /** A secret that follows from the installation's key: another for each purpose, for one the same in every process. Base64url, 256 bits. */
  derive(purpose: string): string;
}

/** A seal that also closes what comes in parts. */
export interface StreamSeal extends Seal {
  closeStream(): SealStream;
}

export interface SealStream {
  /** What follows the head. */
  update(part: string): Uint8Array;
  /** What stands first, known last. */
  head(): Uint8Array;
}

export const KEY_BYTES = 32;
export const NONCE_BYTES = 12;

/** The first byte of everything sealed, so that another cipher can follow one day: version, nonce, tag, ciphertext. */
const VERSION = 1;
const TAG_BYTES = 16;
const TAG_START = 1 + NONCE_BYTES;
const TEXT_START = TAG_START + TAG_BYTES;
export const HEAD_BYTES: number = TEXT_START;

/**
 * A seal whose nonces count up from `startNonce`, so that the thread that owns it draws no chance of its own. A nonce must
 * never be used twice under one key: each seal therefore gets a fresh random start, and 96 bits keep their paths apart.
 *
 * @param path - The database, for the error.
 */
export function createSeal(key: Uint8Array, startNonce: Uint8Array, path: string): StreamSeal {
  if (key.length !== KEY_BYTES)
    throw perdureError("OPTION_INVALID", {
      what: "The encryption key",
      problem: `it has ${key.length} bytes; ${KEY_BYTES} are needed`,
    });
  if (startNonce.length !== NONCE_BYTES)
    throw perdureError("INTERNAL", { problem: "A nonce of a wrong length was given to the seal" });
  // Made once: handing the bytes to each cipher takes five times as long (36 against 7 microseconds).
  const secret = createSecretKey(key);
  const nonce = Uint8Array.from(startNonce);
  return { close, closeStream, open, derive };

  function close(text: string): Uint8Array {
    const stream = closeStream();
    const ciphertext = stream.update(text);
    const sealed = new Uint8Array(TEXT_START + ciphertext.length);
    sealed.set(stream.head(), 0);
    sealed.set(ciphertext, TEXT_START);
    return sealed;
  }

  function closeStream(): SealStream {
    countUp(nonce);
    const own = Uint8Array.from(nonce);
    const cipher = createCipheriv("aes-256-gcm", secret, own);
    return {
      update: (part) => cipher.update(part, "utf8"),
      head() {
        cipher.final();
        const head = new Uint8Array(TEXT_START);
        head[0] = VERSION;
        head.set(own, 1);
        head.set(cipher.getAuthTag(), TAG_START);
        return head;
      },
    };
  }

  function open(sealed: Uint8Array): string {
    try {
      if (sealed[0] !== VERSION || sealed.length < TEXT_START) throw new Error("not one of our sealed values");
      const decipher = createDecipheriv("aes-256-gcm", secret, sealed.subarray(1, TAG_START), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(sealed.subarray(TAG_START, TEXT_START));
      return decipher.update(sealed.subarray(TEXT_START), undefined, "utf8") + decipher.final("utf8");
    } catch (error) {
      throw perdureError("ENCRYPTION_KEY_WRONG", { path }, { cause: error });
    }
  }

  function derive(purpose: string): string {
    return createHmac("sha256", secret).update(purpose).digest("base64url");
  }
}

/** Adds one, as to a big-endian number that starts over after its largest. */
function countUp(nonce: Uint8Array): void {
  for (let i = nonce.length - 1; i >= 0; i--) {
    const next = ((nonce[i] as number) + 1) & 0xff;
    nonce[i] = next;
    if (next !== 0) return;
  }
}

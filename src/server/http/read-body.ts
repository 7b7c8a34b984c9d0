import { perdureError } from "../../core/errors.ts";

export interface Line {
  /** From 1; empty lines count, and are passed over. */
  readonly number: number;
  readonly text: string;
}

/** Whose body it is, for errors. */
export interface Source {
  readonly method: string;
  readonly path: string;
}

/**
 * The lines of a body while it comes in: never more of it is held than one line and what came with its end.
 *
 * @throws {PerdureError} `BODY_TOO_LARGE` beyond `limit` bytes, `BODY_INVALID` for what is not UTF-8 or was cut off.
 */
export async function* readLines(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { limit, what }: { readonly limit: number; readonly what: Source },
): AsyncGenerator<Line> {
  const decode = decoderOf(what);
  let number = 0;
  let begun = "";
  for await (const bytes of bytesIn(reader, limit, what)) {
    const lines = decode(bytes).split("\n");
    // Only what is new is looked through for the end of a line.
    lines[0] = begun + (lines[0] as string);
    begun = bytes === undefined ? "" : (lines.pop() as string);
    for (const text of lines) {
      number++;
      if (text.trim() !== "") yield { number, text };
    }
  }
}

/** The parts of a body as they come, then `undefined`. */
export async function* bytesIn(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limit: number,
  what: Source,
): AsyncGenerator<Uint8Array | undefined> {
  for (let count = 0; ; ) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw perdureError("BODY_INVALID", { ...what, problem: "it was cut off" }, { cause: error });
    });
    if (done) {
      yield undefined;
      return;
    }
    count += value.length;
    if (count > limit) throw perdureError("BODY_TOO_LARGE", { limit });
    yield value;
  }
}

/** Bytes as text, where a character may begin in one part and end in the next; without bytes, that nothing was left begun. */
export function decoderOf(what: Source): (bytes: Uint8Array | undefined) => string {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  return (bytes) => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (error) {
      throw perdureError("BODY_INVALID", { ...what, problem: "it is not UTF-8" }, { cause: error });
    }
  };
}

/** Reads on without looking, up to `limit` bytes: whoever is answered before all was sent may not hear the answer. */
export async function drain(reader: ReadableStreamDefaultReader<Uint8Array>, limit: number): Promise<void> {
  for (let bytes = 0; bytes <= limit; ) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
    if (done) return;
    bytes += value?.length ?? 0;
  }
  await reader.cancel().catch(() => undefined);
}

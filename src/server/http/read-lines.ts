import { perdureError } from "../../core/errors.ts";

export interface Line {
  /** From 1; empty lines count, and are passed over. */
  readonly number: number;
  readonly text: string;
}

/**
 * The lines of a body while it comes in: never more of it is held than one line and what came with its end.
 *
 * @throws {PerdureError} `BODY_TOO_LARGE` beyond `limit` bytes, `BODY_INVALID` for what is not UTF-8.
 */
export async function* readLines(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { limit, what }: { readonly limit: number; readonly what: { readonly method: string; readonly path: string } },
): AsyncGenerator<Line> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [number, bytes, begun] = [0, 0, ""];
  for (;;) {
    const { done, value } = await reader.read();
    bytes += value?.length ?? 0;
    if (bytes > limit) throw perdureError("BODY_TOO_LARGE", { limit });
    const lines = decode(decoder, value, what).split("\n");
    // Only what is new is looked through for the end of a line.
    lines[0] = begun + (lines[0] as string);
    begun = done ? "" : (lines.pop() as string);
    for (const text of lines) {
      number++;
      if (text.trim() !== "") yield { number, text };
    }
    if (done) return;
  }
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

function decode(
  decoder: InstanceType<typeof TextDecoder>,
  bytes: Uint8Array | undefined,
  what: { readonly method: string; readonly path: string },
): string {
  try {
    return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
  } catch (error) {
    throw perdureError("BODY_INVALID", { ...what, problem: "it is not UTF-8" }, { cause: error });
  }
}

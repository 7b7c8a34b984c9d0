import { perdureError } from "../../core/errors.ts";
import { createJsonCheck } from "../../core/json-check.ts";
import { bytesIn, decoderOf, type Source } from "./read-body.ts";

interface Packet {
  readonly type: string;
  readonly limit: number;
  readonly what: Source;
}

/** How a value of each type becomes an encoded one: superjson's is one already. */
const ENCODINGS: Readonly<
  Record<string, { readonly before: string; readonly after: string; readonly isJson: boolean }>
> = {
  "application/super+json": { before: "", after: "", isJson: true },
  "application/json": { before: '{"json":', after: "}", isJson: true },
  "text/plain": { before: '{"json":"', after: '"}', isJson: false },
};

/**
 * An uploaded value as an encoded one, while it comes in. It is looked through for whether it is what its type says, part by part;
 * to parse it would stop everything else meanwhile.
 *
 * @throws {PerdureError} `BODY_TYPE_UNKNOWN`, `BODY_TOO_LARGE` beyond `limit` bytes; `BODY_INVALID` for what is not UTF-8, no JSON, no
 * object where superjson would write one, or cut off.
 */
export async function* encodedParts(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { type, limit, what }: Packet,
): AsyncGenerator<string> {
  const name = type.split(";")[0]?.trim().toLowerCase() ?? "";
  const encoding = Object.hasOwn(ENCODINGS, name) ? ENCODINGS[name] : undefined;
  if (encoding === undefined)
    throw perdureError("BODY_TYPE_UNKNOWN", { type, known: Object.keys(ENCODINGS).join(", ") });
  const { before, after, isJson } = encoding;
  const text = textIn(reader, limit, what);
  yield before;
  if (isJson) yield* checked(text, before === "", what);
  else for await (const part of text) yield JSON.stringify(part).slice(1, -1);
  yield after;
}

async function* textIn(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limit: number,
  what: Source,
): AsyncGenerator<string> {
  const decode = decoderOf(what);
  for await (const bytes of bytesIn(reader, limit, what)) yield decode(bytes);
}

/** An encoded value begins with its brace; what lies elsewhere has a name that begins otherwise. */
async function* checked(text: AsyncIterable<string>, isEncoded: boolean, what: Source): AsyncGenerator<string> {
  const check = createJsonCheck();
  const refuse = (problem: string) => perdureError("BODY_INVALID", { ...what, problem });
  let isBegun = false;
  for await (const part of text) {
    const rest = isBegun ? part : part.trimStart();
    const problem = check.add(rest);
    if (problem !== undefined) throw refuse(problem);
    if (rest === "") continue;
    if (!isBegun && isEncoded && !rest.startsWith("{")) throw refuse("it is not what superjson writes");
    isBegun = true;
    yield rest;
  }
  const problem = check.end();
  if (problem !== undefined) throw refuse(problem);
}

const EMPTY: readonly [] = [];
const MOST_JSON_BYTES = 4 * 1024 * 1024;

/**
 * The parts of a body that make two requests the same: JSON by its value, whatever the order of its keys; multipart by its
 * parts, whatever their boundary; anything else byte by byte.
 */
export function canonicalBody(body: Uint8Array | undefined, contentType: string): readonly (string | Uint8Array)[] {
  if (body === undefined || body.length === 0) return EMPTY;
  const [type = "", ...parameters] = contentType.split(";");
  const kind = type.trim().toLowerCase();
  if (kind === "application/json" || kind.endsWith("+json")) return [canonicalJson(body) ?? body];
  if (kind.startsWith("multipart/")) return multipartParts(body, boundaryOf(parameters.join(";")));
  return [body];
}

/** Undefined for what is no JSON, or so long that reading it would take longer than it is worth. */
function canonicalJson(body: Uint8Array): string | undefined {
  if (body.length > MOST_JSON_BYTES) return undefined;
  try {
    return JSON.stringify(sorted(JSON.parse(Buffer.from(body).toString("utf8"))));
  } catch {
    return undefined;
  }
}

function sorted(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(sorted);
  if (typeof part !== "object" || part === null) return part;
  const entries = Object.entries(part).map(([name, inner]) => [name, sorted(inner)] as const);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

function boundaryOf(parameters: string): string | undefined {
  const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(parameters) ?? [];
  return quoted ?? plain;
}

function multipartParts(body: Uint8Array, boundary: string | undefined): readonly Uint8Array[] {
  if (boundary === undefined) return [body];
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const mark = Buffer.from(`--${boundary}`);
  const parts: Uint8Array[] = [];
  let start = bytes.indexOf(mark);
  while (start >= 0) {
    const end = bytes.indexOf(mark, start + mark.length);
    if (end < 0) break;
    parts.push(bytes.subarray(start + mark.length, end));
    start = end;
  }
  return parts.length === 0 ? [body] : parts;
}

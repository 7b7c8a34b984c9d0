/**
 * Where a request of undici goes. Its options have no address in one piece, and a client for one server has it in itself.
 */
import { stringify } from "node:querystring";
import type { DispatchOptions } from "./undici-dispatcher.ts";

/** Absolute. Undefined when neither the request nor its dispatcher says; so it is with `BalancedPool`, which has several. */
export function findUrl(dispatcher: object, { origin, path, query }: DispatchOptions): string | undefined {
  const full =
    query === undefined || query === null ? path : `${path}?${stringify(query as Parameters<typeof stringify>[0])}`;
  // As it is when a proxy is asked.
  if (/^https?:\/\//.test(path)) return full;
  const from = origin ?? findOrigin(dispatcher);
  if (from === undefined || !URL.canParse(String(from))) return undefined;
  const base = new URL(from).origin;
  return full.startsWith("/") ? base + full : `${base}/${full}`;
}

/** Undici keeps it under a symbol that it does not give out, of the same description in every version. */
function findOrigin(dispatcher: object): string | URL | undefined {
  const symbol = Object.getOwnPropertySymbols(dispatcher).find(({ description }) => description === "url");
  const url: unknown = symbol === undefined ? undefined : Reflect.get(dispatcher, symbol);
  return url instanceof URL || typeof url === "string" ? url : undefined;
}

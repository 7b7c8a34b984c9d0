/** A shop that finds orders and gives money back. A refund that comes again with its key is the same refund. */
import { type ScriptedServer, sendJson, startScriptedServer } from "./scripted-server.ts";

export interface Shop extends ScriptedServer {
  /** By their keys. */
  readonly refunds: ReadonlyMap<string, { readonly refund: number }>;
}

/** @param onRefund - Called when one is asked for, before anything is done. */
export async function startShopServer(onRefund: () => void = () => undefined): Promise<Shop> {
  const refunds = new Map<string, { readonly refund: number }>();
  const server = await startScriptedServer(({ method, path, headers }, response) => {
    const order = /^\/orders\/(\d+)$/.exec(path)?.[1];
    if (order !== undefined) return sendJson(response, 200, { order: Number(order), article: "lamp", price: 40 });
    if (method !== "POST" || path !== "/refunds") return sendJson(response, 404, { error: "not found" });
    onRefund();
    const key = String(headers["idempotency-key"]);
    const known = refunds.get(key) ?? { refund: refunds.size + 1 };
    refunds.set(key, known);
    sendJson(response, 200, known);
  });
  return { ...server, refunds };
}

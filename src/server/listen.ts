import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { type Env, sleep } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import type { App } from "./app.ts";

export interface Listening {
  /** Where it is reached, such as `http://127.0.0.1:3400`. */
  readonly url: string;
  /** Takes nothing new and lets what is under way come to its end, for some seconds. */
  close(): Promise<void>;
}

const GRACE_MS = 5_000;

/** @throws {PerdureError} `SERVER_ADDRESS_TAKEN`, or `OPTION_INVALID` for an address that cannot be listened on. */
export async function listen(
  app: App,
  { host, port, env }: { readonly host: string; readonly port: number; readonly env: Env },
): Promise<Listening> {
  const server = createServer(
    getRequestListener((request, { incoming }) => app(request, incoming.socket.remoteAddress)),
  );
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    throw listenError(error, host, port);
  }
  const { address, family, port: chosen } = server.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${chosen}`,
    close: () => close(server, env),
  };
}

async function close(server: Server, env: Env): Promise<void> {
  const isOver = new AbortController();
  const closed = once(server, "close").then(() => isOver.abort());
  server.close();
  server.closeIdleConnections();
  await sleep(env, GRACE_MS, isOver.signal);
  server.closeAllConnections();
  await closed;
}

function listenError(error: unknown, host: string, port: number): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return perdureError("SERVER_ADDRESS_TAKEN", { host, port }, { cause: error });
  return perdureError("OPTION_INVALID", { what: "http", problem: `${host}:${port}: ${message}` }, { cause: error });
}

import type { AppOptions } from "./app.ts";
import type { Listening } from "./listen.ts";

/**
 * Answers others over HTTP until it is closed. The HTTP edge is loaded by this and not before: it takes a fifth of the time in which a
 * process that nobody asks has started.
 *
 * @throws {PerdureError} `SERVER_ADDRESS_TAKEN`, `OPTION_INVALID`.
 */
export async function openHttp(app: AppOptions, address: { host: string; port: number }): Promise<Listening> {
  const [{ createApp }, { listen }] = await Promise.all([import("./app.ts"), import("./listen.ts")]);
  return listen(createApp(app), { ...address, env: app.env });
}

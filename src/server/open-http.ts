import type { AppOptions } from "./app.ts";
import type { Listening } from "./listen.ts";

/**
 * Answers others over HTTP until it is closed. The HTTP edge is loaded by this and not before: it takes a fifth of the time in which a
 * process that nobody asks has started.
 *
 * @throws {PerdureError} `SERVER_ADDRESS_TAKEN`, `OPTION_INVALID`.
 */
export async function openHttp(
  options: Omit<AppOptions, "leaving">,
  address: { host: string; port: number },
): Promise<Listening> {
  const [{ createApp }, { listen }] = await Promise.all([import("./app.ts"), import("./listen.ts")]);
  const leaving = new AbortController();
  const app = createApp({ ...options, leaving: leaving.signal });
  const { url, close } = await listen(app, { ...address, env: options.env });
  return {
    url,
    close() {
      leaving.abort();
      return close();
    },
  };
}

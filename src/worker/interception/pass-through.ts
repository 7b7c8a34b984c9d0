import type { ClientRequest, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Hearer, Sending } from "../effects/effects.ts";
import type { FakeSocket, Peer } from "./fake-socket.ts";
import { openRealRequest, relay, type WrittenRequest } from "./real-request.ts";
import { valuesOf } from "./request-bytes.ts";
import { headBytes } from "./response-bytes.ts";

/**
 * A request that is not recorded, found to be one only while it was written: it is made for real as it goes, and what was
 * written so far goes first.
 */
export class PassThrough implements Peer {
  readonly #real: ClientRequest;
  readonly #sending: Sending;
  /** What the connection became, when the server agreed to something other than HTTP. */
  #tunnel: Duplex | undefined;

  /**
   * @param inCode - Runs something in the asynchronous context of the code.
   * @throws What Node throws for options that it looks at only when it connects.
   */
  constructor(written: WrittenRequest, socket: FakeSocket, hearer: Hearer, inCode: (action: () => void) => void) {
    this.#real = openRealRequest(written);
    const [length] = valuesOf(written.head.headers, "content-length");
    // Node added it when it saw the whole body; here it sees the first part alone.
    if (length !== undefined && !this.#real.headersSent) this.#real.setHeader("Content-Length", length);
    this.#sending = relay(this.#real, hearer);
    this.#real.on("upgrade", (message: IncomingMessage, tunnel: Duplex, first: Buffer) => {
      this.#tunnel = tunnel;
      const { statusCode = 0, statusMessage = "", rawHeaders } = message;
      inCode(() => {
        socket.receive(headBytes({ status: statusCode, statusText: statusMessage, headers: rawHeaders }));
        if (first.length > 0) socket.receive(first);
      });
      tunnel.on("data", (bytes: Buffer) => {
        inCode(() => void (socket.receive(bytes) || tunnel.pause()));
      });
      tunnel.on("end", () => inCode(() => socket.push(null)));
      tunnel.on("error", (error) => inCode(() => socket.destroy(error)));
      tunnel.on("close", () => inCode(() => socket.destroySoon()));
    });
  }

  written(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (bytes.length === 0) done();
    else if (this.#tunnel !== undefined) this.#tunnel.write(bytes, done);
    else this.#real.write(bytes, done);
  }

  /** The request is complete. */
  finished(trailers: readonly [string, string][]): void {
    if (trailers.length > 0) this.#real.addTrailers(trailers);
    this.#real.end();
  }

  ended(): void {
    this.#tunnel?.end();
  }

  wanted(): void {
    if (this.#tunnel !== undefined) this.#tunnel.resume();
    else this.#sending.resume();
  }

  closed(): void {
    if (this.#tunnel !== undefined) this.#tunnel.destroy();
    else this.#sending.abort();
  }
}

import { isIP } from "node:net";
import { Duplex } from "node:stream";
import { IdleTimer } from "./idle-timer.ts";

/** Who is at the other end of a `FakeSocket`. */
export interface Peer {
  /** The client wrote. It writes no more before `done`. */
  written(bytes: Buffer, done: (error?: Error | null) => void): void;
  /** The client closed the connection for writing. */
  ended(): void;
  /** The client has room for more of what it reads. */
  wanted(): void;
  /** The connection is gone for the client. */
  closed(error: Error | null): void;
}

/** What a request asks of its connection, as far as it shows. */
export interface Wishes {
  /** Absent for a Unix socket. */
  readonly host: string | undefined;
  readonly port: number | string;
  /** Milliseconds. */
  readonly timeout: number | undefined;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

/**
 * A connection that leads nowhere, for a `ClientRequest` whose bytes are read and written by a `Peer`.
 *
 * It has what HTTP clients touch of a `net.Socket`. It is as silent as one that could not say: addresses are known where the
 * host is an address.
 */
export class FakeSocket extends Duplex {
  readonly remoteAddress: string | undefined;
  readonly remoteFamily: string | undefined;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined = undefined;
  readonly localPort: number | undefined = undefined;
  connecting = true;
  timeout: number | undefined;
  bytesRead = 0;
  bytesWritten = 0;
  readonly #peer: Peer;
  readonly #host: string | undefined;
  readonly #idle = new IdleTimer(() => this.emit("timeout"));

  constructor(peer: Peer, { host, port, timeout }: Wishes) {
    // As a connection of Node is: it ends for writing when the other side ended.
    super({ allowHalfOpen: false });
    this.#peer = peer;
    this.#host = host;
    const family = isIP(host ?? "");
    this.remoteAddress = family === 0 ? undefined : host;
    this.remoteFamily = family === 0 ? undefined : `IPv${family}`;
    this.remotePort = host === undefined ? undefined : Number(port);
    // An agent would keep it for the next request. Nobody knows it there.
    this.on("free", () => this.#idle.set(0));
    if (timeout) this.setTimeout(timeout);
  }

  get pending(): boolean {
    return this.connecting;
  }

  get readyState(): string {
    if (this.connecting) return "opening";
    if (this.readable) return this.writable ? "open" : "readOnly";
    return this.writable ? "writeOnly" : "closed";
  }

  get bufferSize(): number {
    return this.writableLength;
  }

  /** Says that the connection stands, as a real one does some time after the request was given to it. */
  connect(): void {
    if (this.destroyed) return;
    if (this.#host !== undefined && isIP(this.#host) === 0) {
      this.emit("lookup", null, undefined, undefined, this.#host);
    }
    this.connecting = false;
    this.emit("connect");
    this.emit("ready");
  }

  /** @returns False when the client would rather have no more for now; `Peer.wanted` says when it would again. */
  receive(bytes: Buffer): boolean {
    this.bytesRead += bytes.length;
    this.#idle.note();
    return this.push(bytes);
  }

  /** Calls back once everything received was read, at once where that is so already. */
  whenRead(action: () => void): void {
    if (this.readableLength === 0) {
      action();
      return;
    }
    const check = () => {
      if (this.readableLength > 0) return;
      this.off("data", check);
      action();
    };
    this.on("data", check);
  }

  /** A moment of the exchange that every replay has: idleness is counted from here. */
  restartIdle(): void {
    this.#idle.restart();
  }

  setTimeout(delayMs: number, listener?: () => void): this {
    if (this.destroyed) return this;
    this.timeout = delayMs;
    if (listener !== undefined) {
      if (delayMs === 0) this.off("timeout", listener);
      else this.once("timeout", listener);
    }
    this.#idle.set(delayMs);
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  address(): Record<string, never> {
    return {};
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  resetAndDestroy(): this {
    return this.destroy();
  }

  override _write(bytes: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.connecting) {
      this.once("connect", () => this._write(bytes, encoding, done));
      return;
    }
    this.bytesWritten += bytes.length;
    this.#idle.note();
    this.#peer.written(bytes, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#peer.ended();
    done();
  }

  override _read(): void {
    this.#peer.wanted();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.connecting = false;
    this.#idle.clear();
    this.#peer.closed(error);
    done(error);
  }
}

/** A `FakeSocket` that says of itself that it is encrypted. It knows no certificate and no cipher. */
export class FakeTlsSocket extends FakeSocket {
  readonly encrypted = true;
  readonly authorized: boolean;
  readonly authorizationError = null;
  readonly alpnProtocol = false;
  readonly servername: string | undefined;

  constructor(peer: Peer, wishes: Wishes) {
    super(peer, wishes);
    const { host, servername, rejectUnauthorized } = wishes;
    this.authorized = rejectUnauthorized !== false;
    this.servername = servername ?? (isIP(host ?? "") === 0 ? host : undefined);
  }

  override connect(): void {
    super.connect();
    if (!this.destroyed) this.emit("secureConnect");
  }

  getPeerCertificate(): Record<string, never> {
    return {};
  }

  getPeerX509Certificate(): undefined {
    return undefined;
  }

  getCertificate(): Record<string, never> {
    return {};
  }

  getCipher(): null {
    return null;
  }

  getProtocol(): null {
    return null;
  }

  getSession(): undefined {
    return undefined;
  }

  isSessionReused(): boolean {
    return false;
  }
}

import type { ScriptedServer } from "./scripted-server.ts";

/** A program of a few lines, as users write it, with one client library. */
export interface ClientCase {
  /** What it does. */
  readonly name: string;
  /** As in `package.json`; `node` for what comes with Node. */
  readonly package: string;
  /** The server that it talks to; each run has its own. */
  readonly server: () => Promise<ScriptedServer>;
  /** @param url - Of the server, without a slash at the end. */
  readonly run: (url: string) => Promise<unknown>;
  /**
   * How many requests may be under way at once: those that a kill may repeat. A stream is under way until it was read to its end.
   * Default: 0, since a program which does one thing after another has none under way when an entry comes onto the disk.
   */
  readonly inFlight?: number;
  /** Requests that the code gave up before anything came back. There is nothing to record of them but that they may have left. */
  readonly givenUp?: number;
  /** Requests that were made within others, by a dispatcher that repeats by itself: the journal knows the outer one. */
  readonly within?: number;
}

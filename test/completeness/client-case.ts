import type { ScriptedServer } from "../../examples/servers/scripted-server.ts";

/** A program of a few lines, as users write it, with one client library. */
export interface ClientCase extends Counts {
  /** As in `package.json`; `node` for what comes with Node. */
  readonly package: string;
  /** What it does. */
  readonly name: string;
  /** What it talks to; each run has its own. */
  readonly server: () => Promise<ScriptedServer>;
  /**
   * Makes the client, as users do in their module or in the run itself, and gives the program that uses it.
   *
   * @param url - Of the server, without a slash at the end.
   */
  readonly open: (url: string) => () => Promise<unknown>;
}

/** What differs from the rule that each request is in the journal, and none is under way when an entry comes onto the disk. */
interface Counts {
  /** How many requests may be under way at once: those that a kill may repeat. A stream is, until it was read to its end. Default: 0. */
  readonly inFlight?: number;
  /** Requests that the code gave up before anything came back. There is nothing to record of them but that they may have left. */
  readonly givenUp?: number;
  /** Requests that were made within others, by a dispatcher that repeats by itself: the journal knows the outer one. */
  readonly within?: number;
}

interface CaseOf<Client> extends Counts {
  readonly server?: () => Promise<ScriptedServer>;
  readonly run: (client: Client) => Promise<unknown>;
}

interface Library<Client> {
  readonly package: string;
  readonly server: () => Promise<ScriptedServer>;
  readonly client: (url: string) => Client;
}

/** @param cases - By what they do. A server of its own stands in for the library's. */
export function casesOf<Client>(
  { package: name, server, client }: Library<Client>,
  cases: Readonly<Record<string, CaseOf<Client>>>,
): readonly ClientCase[] {
  return Object.entries(cases).map(([does, { run, ...more }]) => ({
    package: name,
    name: does,
    server,
    ...more,
    open: (url) => {
      const opened = client(url);
      return () => run(opened);
    },
  }));
}

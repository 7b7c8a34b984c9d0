import type { Context } from "hono";
import type { ClientCalls } from "../../protocol/index.ts";
import type { Caller } from "../caller.ts";

/** What is known of a request beside itself. */
export interface Surroundings {
  readonly Bindings: {
    /** The address at the other end of the connection. */
    readonly remote: string | undefined;
    /** Added to whatever is answered. */
    readonly headers: Map<string, string>;
  };
  /** Known once the caller was let in. */
  readonly Variables: {
    readonly caller: Caller;
    /** The calls as the caller may make them. */
    readonly calls: ClientCalls;
  };
}

export type AppContext = Context<Surroundings>;

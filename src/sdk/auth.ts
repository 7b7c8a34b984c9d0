import type { Duration } from "../core/duration.ts";
import { perdureError } from "../core/errors.ts";
import type { PublicTokenRequest } from "../protocol/client-calls.ts";
import { type ConfigureOptions, configure, withConfiguration } from "./configure.ts";
import { type Client, defaultClient } from "./host.ts";
import { toDelay } from "./options.ts";

/** What a public token may read or change: these and no others. `true` stands for all of them. */
export interface PublicTokenResources {
  runs?: string | readonly string[] | true;
  tasks?: string | readonly string[];
  tags?: string | readonly string[];
  batch?: string | readonly string[];
}

export interface PublicTokenScopes {
  /** Read these runs, or those of these tasks, tags and batches. */
  read?: PublicTokenResources;
  /** Cancel these runs. */
  write?: Pick<PublicTokenResources, "runs">;
  /** Trigger these tasks; see `auth.createTriggerPublicToken()`. */
  trigger?: { tasks: string | readonly string[] };
  /** Trigger these tasks in batches; see `auth.createBatchTriggerPublicToken()`. */
  batchTrigger?: { tasks: string | readonly string[] };
}

export interface PublicTokenOptions {
  /** Default: none, a token that may do nothing. */
  scopes?: PublicTokenScopes;
  /** A duration, a date or epoch seconds; 30 days at most. Default: 15 minutes. */
  expirationTime?: Duration | Date | number;
}

export interface TriggerTokenOptions extends Pick<PublicTokenOptions, "expirationTime"> {
  /** Whether it may be used again and again. Default: it may be used once. */
  multipleUse?: boolean;
}

export type Auth = ReturnType<typeof createAuth>;

export function createAuth(client: () => Client) {
  const create = async (request: PublicTokenRequest, end: PublicTokenOptions["expirationTime"]): Promise<string> => {
    const { token } = await client().calls.createPublicToken({ ...request, ...endOf(end) });
    return token;
  };
  const createForTasks = async (
    action: "trigger" | "batchTrigger",
    tasks: string | readonly string[],
    { expirationTime, multipleUse = false }: TriggerTokenOptions,
  ) => create({ scopes: scopesIn({ [action]: { tasks } }), isSingleUse: !multipleUse }, expirationTime);
  return {
    configure,
    /**
     * Makes a token that a page may hold: it does what its scopes say, until it expires. It is signed with the secret key that this
     * code shows, and ends with it.
     *
     * @throws {PerdureError} `OPTION_INVALID`, `DURATION_INVALID`, `TOKENS_NEED_KEY`; `SCOPE_MISSING` where this code shows a token.
     */
    createPublicToken: async ({ scopes = {}, expirationTime }: PublicTokenOptions = {}): Promise<string> =>
      create({ scopes: scopesIn(scopes) }, expirationTime),
    /** Makes a token with which a page may trigger these tasks, once. */
    createTriggerPublicToken: (tasks: string | readonly string[], options: TriggerTokenOptions = {}): Promise<string> =>
      createForTasks("trigger", tasks, options),
    /** Makes a token with which a page may trigger a batch of these tasks, once. */
    createBatchTriggerPublicToken: (
      tasks: string | readonly string[],
      options: TriggerTokenOptions = {},
    ): Promise<string> => createForTasks("batchTrigger", tasks, options),
    /**
     * Calls `fn`, in which this configuration holds. Calls at the same time keep theirs apart where the runtime has
     * `AsyncLocalStorage` (Node, Bun, Deno, most edge runtimes); a page has one user.
     */
    withAuth: <Result>(options: ConfigureOptions, fn: () => Promise<Result>): Promise<Result> =>
      withConfiguration(options, fn),
    /** `createPublicToken` and `withAuth` in one. */
    async withPublicToken<Result>(options: PublicTokenOptions, fn: () => Promise<Result>): Promise<Result> {
      const accessToken = await create({ scopes: scopesIn(options.scopes ?? {}) }, options.expirationTime);
      return withConfiguration({ accessToken }, fn);
    },
  };
}

/** Of the one instance that was started in this process, or the one that was configured; `perdure.auth` is that of a particular one. */
export const auth: Auth = createAuth(() => defaultClient("auth"));

type Given = Readonly<Record<string, string | readonly string[] | true | undefined>>;

/** Scopes that some call takes. Others would be ignored. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  read: ["runs", "tasks", "tags", "batch"],
  write: ["runs"],
  trigger: ["tasks"],
  batchTrigger: ["tasks"],
} satisfies Record<keyof PublicTokenScopes, readonly string[]>;

function scopesIn(scopes: PublicTokenScopes): readonly string[] {
  return Object.entries(scopes).flatMap(([action, resources]) =>
    Object.entries((resources ?? {}) as Given).flatMap(([type, ids]) => {
      if (KNOWN[action]?.includes(type)) return scopesOf(`${action}:${type}`, ids);
      throw perdureError("OPTION_UNSUPPORTED", { what: "scopes", option: `${action}.${type}` });
    }),
  );
}

function scopesOf(scope: string, ids: Given[string]): readonly string[] {
  if (ids === true) return [scope];
  const list = ids === undefined ? [] : typeof ids === "string" ? [ids] : ids;
  return list.map((id) => {
    if (typeof id === "string" && id.trim() !== "") return `${scope}:${id}`;
    throw perdureError("OPTION_INVALID", { what: "scopes", problem: `${scope} has an id that is empty or no text` });
  });
}

/** A span counts from the node's clock, not from ours. */
function endOf(end: PublicTokenOptions["expirationTime"]): Pick<PublicTokenRequest, "ttlMs" | "expiresAt"> {
  if (end === undefined) return {};
  if (typeof end === "number") return { expiresAt: end * 1_000 };
  const when = toDelay(end, "expirationTime");
  return "dueAt" in when ? { expiresAt: when.dueAt } : { ttlMs: when.delayMs };
}

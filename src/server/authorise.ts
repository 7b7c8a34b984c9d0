import { isPerdureError, type PerdureError, perdureError } from "../core/errors.ts";
import { ADMIN_SCOPE, isGranted, type Permission, scopeOf } from "../core/scopes.ts";
import type { ClientCalls, RunView } from "../protocol/client-calls.ts";
import { ACCESS, waysToRead } from "./access.ts";
import type { Caller } from "./caller.ts";

type CallName = keyof ClientCalls;

/**
 * Resolves when this caller may make this call with this input.
 *
 * @param findRun - For permissions that depend on the run: its task, its tags, its batch.
 * @throws {PerdureError} `ROOT_KEY_NEEDED`, `SCOPE_MISSING`.
 */
export async function authorise(
  caller: Caller,
  name: CallName,
  input: unknown,
  findRun: (runId: string) => Promise<RunView>,
): Promise<void> {
  if (caller.kind === "root") return;
  const access = ACCESS[name];
  if (access.by === "root") throw perdureError("ROOT_KEY_NEEDED", { call: name });
  if (caller.kind === "key") return;
  const { scopes } = caller;
  if (access.by !== "secret key" && scopes.includes(ADMIN_SCOPE)) return;
  switch (access.by) {
    case "scope":
      return checkAny(name, scopes, waysOf(access.anyOf as (input: unknown) => Ways, input));
    case "run":
      if (isExcepted(access.unless as ((input: unknown) => boolean) | undefined, input)) throw scopeMissing(name, []);
      return checkRun(name, scopes, input, findRun);
    default:
      throw scopeMissing(name, []);
  }
}

type Ways = readonly (readonly Permission[])[];

function checkAny(name: CallName, scopes: readonly string[], ways: Ways): void {
  if (!ways.some((way) => way.length > 0 && way.every((one) => isGranted(scopes, one)))) throw scopeMissing(name, ways);
}

/** The schemas have not seen the input yet: one that makes no sense asks for nothing that could be granted. */
function waysOf(anyOf: (input: unknown) => Ways, input: unknown): Ways {
  try {
    return anyOf(input);
  } catch {
    return [];
  }
}

function isExcepted(unless: ((input: unknown) => boolean) | undefined, input: unknown): boolean {
  return unless !== undefined && typeof input === "object" && input !== null && unless(input);
}

async function checkRun(
  name: CallName,
  scopes: readonly string[],
  input: unknown,
  findRun: (runId: string) => Promise<RunView>,
): Promise<void> {
  const runId = String((input as { readonly runId?: unknown } | undefined)?.runId);
  const byId = { action: "read", type: "runs", id: runId } as const;
  if (isGranted(scopes, byId)) return;
  const run = await findRun(runId).catch((error: unknown) => {
    if (isPerdureError(error) && error.status < 500) return undefined;
    throw error;
  });
  // Neither whether the run is there nor what is known of it is for everybody.
  if (run === undefined || !waysToRead(run).some((way) => isGranted(scopes, way))) throw scopeMissing(name, [[byId]]);
}

const SCOPES_NAMED = 5;

function scopeMissing(call: CallName, ways: Ways): PerdureError {
  const texts = ways.filter((way) => way.length > 0).map(textOf);
  return perdureError("SCOPE_MISSING", { call, needed: texts.length === 0 ? "a secret key" : texts.join(", or ") });
}

function textOf(way: readonly Permission[]): string {
  const scopes = [...new Set(way.map(scopeOf))];
  const more = scopes.length > SCOPES_NAMED ? ` and ${scopes.length - SCOPES_NAMED} more` : "";
  return scopes.slice(0, SCOPES_NAMED).join(" and ") + more;
}

import { createHash } from "node:crypto";
import { defined } from "../core/defined.ts";
import { withChance } from "../core/ids.ts";
import { LIMITS } from "../core/limits.ts";
import type { Engine } from "../engine/index.ts";
import type { ClientCalls, TriggerAnswer } from "../protocol/client-calls.ts";
import { ACCESS } from "./access.ts";
import { authorise } from "./authorise.ts";
import type { Caller, TokenCaller } from "./caller.ts";
import { acceptTrigger, createPublicToken } from "./dispatch.ts";

const CALLS = Object.keys(ACCESS) as readonly (keyof ClientCalls)[];

type TriggerInput = Parameters<ClientCalls["trigger"]>[0];

/** How long the token lasts that is handed out with a run. */
const HANDED_OUT_MS = 60 * 60 * 1_000;

/**
 * The calls as this caller may make them: each is authorised before it is looked at any further. A trigger answers with a token
 * that may read what it started, signed with the caller's own key.
 */
export function callsFor(calls: ClientCalls, engine: Engine, caller: Caller): ClientCalls {
  const keyId = caller.kind === "root" ? undefined : caller.keyId;
  const own: ClientCalls = {
    ...calls,
    createPublicToken: (input) => createPublicToken(engine, input, keyId),
    async trigger(input) {
      const answer =
        caller.kind === "token" ? await triggerByToken(calls, engine, caller, input) : await calls.trigger(input);
      const scopes = scopesOf(answer, caller, input.batchId);
      const publicAccessToken = await engine.createPublicToken({ scopes, ttlMs: HANDED_OUT_MS }, keyId);
      return { ...answer, publicAccessToken };
    },
  };
  const findRun = (runId: string) => calls.retrieve({ runId });
  const authorised = CALLS.map((name) => {
    const call = own[name] as (input: unknown) => Promise<unknown>;
    const asked = async (input: unknown): Promise<unknown> => {
      await authorise(caller, name, input, findRun);
      return call(input);
    };
    return [name, asked];
  });
  return Object.fromEntries(authorised) as unknown as ClientCalls;
}

/**
 * A token names nothing by itself: runs and batches get names that only this token leads to. With the name of somebody else's
 * run it would be answered that run, and be handed the token to read it.
 */
async function triggerByToken(
  calls: ClientCalls,
  engine: Engine,
  caller: TokenCaller,
  input: TriggerInput,
): Promise<TriggerAnswer> {
  const asked = acceptTrigger(input);
  const named = asked.runIds.map((id) => ownName(id, caller));
  const runIds = caller.isSingleUse ? await useUp(engine, caller, named) : named;
  const batchId = asked.batchId === undefined ? undefined : ownName(asked.batchId, caller);
  const requestKey = asked.requestKey === undefined ? undefined : ownKey(asked.requestKey, caller);
  const answer = await calls.trigger({ ...asked, runIds, ...defined({ batchId, requestKey }) });
  return batchId === undefined ? answer : { ...answer, batchId };
}

/** The same for the same name, so that a request may be repeated. */
function ownName(id: string, { tokenHash }: TokenCaller): string {
  const hash = createHash("sha256").update(`${tokenHash} ${id}`).digest();
  return withChance(id, hash.subarray(0, 10));
}

/** As it names runs, so it names requests: another's leads nowhere. */
function ownKey(requestKey: string, { tokenHash }: TokenCaller): string {
  return createHash("sha256").update(`${tokenHash} ${requestKey}`).digest("base64url");
}

/** From now on the token is for this request and its repeats, which find the runs of the first. */
function useUp(engine: Engine, caller: TokenCaller, runIds: readonly string[]): Promise<readonly string[]> {
  const { tokenHash, expiresAt, requestName } = caller;
  return engine.useToken({ tokenHash, use: requestName ?? (runIds[0] as string), runIds, expiresAt });
}

/** What an idempotency key led to may have been started by somebody else: a key may read it, a page may not. */
function scopesOf(
  { runs, batchId: named }: TriggerAnswer,
  caller: Caller,
  asked: string | undefined,
): readonly string[] {
  const batchId = named ?? asked;
  if (batchId !== undefined) return [`read:batch:${batchId}`];
  const readable = runs.filter(({ isCached }) => !isCached || caller.kind !== "token");
  return readable.slice(0, LIMITS.scopes).map(({ id }) => `read:runs:${id}`);
}

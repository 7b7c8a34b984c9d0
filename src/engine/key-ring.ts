import { createHash } from "node:crypto";
import { type ApiKey, type ApiKeySummary, createSecret, isSecret, whyEnded } from "../core/api-key.ts";
import { defined } from "../core/defined.ts";
import { perdureError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { at, type EngineDeps } from "./deps.ts";

export interface CreateKey {
  /** Made by the caller, so that a repeated call finds its key. */
  readonly keyId: string;
  readonly name: string;
  readonly expiresAt?: number;
}

/** The secret keys of the environment. Those in use are remembered for seconds, so that a request costs no look into the database. */
export interface KeyRing {
  create(input: CreateKey): Promise<ApiKey>;
  /** Newest first. */
  list(): Promise<readonly ApiKeySummary[]>;
  /** At once on this node, within seconds on others. */
  revoke(keyId: string): Promise<ApiKeySummary>;
  findBySecret(secret: string): Promise<ApiKey | undefined>;
  findById(keyId: string): Promise<ApiKey | undefined>;
}

/** How long a key that another node has revoked may still open something here. */
const REMEMBERED_MS = 5_000;
const MOST_REMEMBERED = 1_000;
/** A key's last use is written no more often than this. */
const USE_NOTED_MS = 60 * 60 * 1_000;
const LISTED = 1_000;

export function createKeyRing(deps: EngineDeps, onProblem: (error: unknown) => void): KeyRing {
  const { store, env, environmentId } = deps;
  const remembered = new Map<string, { readonly key: ApiKey; readonly until: number }>();
  /** Rises with every revocation, so that what was read before one is not remembered after it. */
  let revocations = 0;
  return { create, list, revoke, findBySecret, findById };

  async function create({ keyId, name, expiresAt }: CreateKey): Promise<ApiKey> {
    const now = store.now();
    if (expiresAt !== undefined && expiresAt <= now)
      throw perdureError("OPTION_INVALID", { what: "The secret key", problem: "its end has passed already" });
    const valid = (await list()).filter((key) => whyEnded(key, now) === undefined && key.id !== keyId);
    if (valid.length >= LIMITS.apiKeys) throw perdureError("KEYS_TOO_MANY", { limit: LIMITS.apiKeys });
    const secret = createSecret(environmentId, env);
    return store.createApiKey({
      ...at(deps),
      id: keyId,
      name,
      secret,
      lastFour: secret.slice(-4),
      ...defined({ expiresAt }),
    });
  }

  function list(): Promise<readonly ApiKeySummary[]> {
    return store.listApiKeys({ environmentId, limit: LISTED });
  }

  async function revoke(keyId: string): Promise<ApiKeySummary> {
    const key = await store.revokeApiKey({ ...at(deps), keyId });
    if ("refused" in key) throw perdureError("KEY_NOT_FOUND", { keyId });
    revocations++;
    remembered.clear();
    return key;
  }

  async function findBySecret(secret: string): Promise<ApiKey | undefined> {
    if (!isSecret(secret)) return undefined;
    const hash = createHash("sha256").update(secret).digest("base64");
    return recall(hash, () => store.findApiKeyBySecret({ environmentId, secret }));
  }

  function findById(keyId: string): Promise<ApiKey | undefined> {
    return recall(keyId, () => store.findApiKey({ environmentId, keyId }));
  }

  async function recall(name: string, read: () => Promise<ApiKey | undefined>): Promise<ApiKey | undefined> {
    const known = remembered.get(name);
    if (known !== undefined && known.until > env.monotonic()) return known.key;
    const before = revocations;
    const key = await read();
    if (key === undefined) return undefined;
    if (before === revocations) remember(name, key);
    noteUse(key);
    return key;
  }

  function remember(name: string, key: ApiKey): void {
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(name, { key, until: env.monotonic() + REMEMBERED_MS });
  }

  /** Nobody waits for it. */
  function noteUse({ id: keyId, lastUsedAt = 0, ...key }: ApiKey): void {
    const now = store.now();
    if (now - lastUsedAt < USE_NOTED_MS || whyEnded({ id: keyId, ...key }, now) !== undefined) return;
    store.noteKeyUse({ ...at(deps), keyId }).catch(onProblem);
  }
}

import { describe, expect, it } from "vitest";
import type { World } from "./world.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
let secrets = 0;

/** A key to be made. */
function newKey(w: World, more: { readonly name?: string; readonly expiresAt?: number } = {}) {
  const secret = `secret ${++secrets} of ${process.pid}`;
  return { ...w.at(), id: `key_${secrets}`, name: "backend", secret, lastFour: secret.slice(-4), ...more };
}

export function keepingKeys(world: () => World): void {
  describe("a secret key", () => {
    it("is found by its id and by its secret, with all that was said of it", async () => {
      const w = world();
      const given = newKey(w, { expiresAt: w.now + 5 });
      const { id, name, secret, lastFour, expiresAt } = given;
      const key = { id, name, secret, lastFour, expiresAt, createdAt: w.now };
      expect(await w.store.createApiKey(given)).toEqual(key);
      expect(await w.store.findApiKey({ ...w.here, keyId: id })).toEqual(key);
      expect(await w.store.findApiKeyBySecret({ ...w.here, secret })).toEqual(key);
      expect(await w.store.findApiKey({ ...w.here, keyId: "key_none" })).toBeUndefined();
      expect(await w.store.findApiKeyBySecret({ ...w.here, secret: `${secret} ` })).toBeUndefined();
    });

    it("is its environment's alone", async () => {
      const [w, other] = [world(), world()];
      const given = newKey(w);
      await w.store.createApiKey(given);
      expect(await other.store.findApiKey({ ...other.here, keyId: given.id })).toBeUndefined();
      expect(await other.store.findApiKeyBySecret({ ...other.here, secret: given.secret })).toBeUndefined();
      expect(await other.store.revokeApiKey({ ...other.at(), keyId: given.id })).toEqual({ refused: "not-found" });
      expect(await other.store.listApiKeys({ ...other.here, limit: 10 })).toEqual([]);
    });

    it("is revoked once, for good, and for every node", async () => {
      const w = world();
      const given = newKey(w);
      await w.store.createApiKey(given);
      const revokedAt = w.now;
      expect(await w.store.revokeApiKey({ ...w.at(), keyId: given.id })).toMatchObject({ id: given.id, revokedAt });
      w.now += 7;
      expect(await w.store.revokeApiKey({ ...w.at(), keyId: given.id })).toMatchObject({ revokedAt });
      for (const node of w.nodes)
        expect(await node.findApiKeyBySecret({ ...w.here, secret: given.secret })).toMatchObject({ revokedAt });
      expect(await w.store.revokeApiKey({ ...w.at(), keyId: "key_none" })).toEqual({ refused: "not-found" });
    });

    it("is listed newest first, without its secret, with its last use", async () => {
      const w = world();
      const [first, second] = [newKey(w), newKey(w, { name: "page" })];
      await w.store.createApiKey(first);
      w.now += 1;
      await w.store.createApiKey({ ...second, now: w.now });
      await w.store.noteKeyUse({ ...w.at(), keyId: first.id });
      const listed = await w.store.listApiKeys({ ...w.here, limit: 10 });
      expect(listed.map(({ id, name, lastUsedAt }) => [id, name, lastUsedAt])).toEqual([
        [second.id, "page", undefined],
        [first.id, "backend", w.now],
      ]);
      for (const key of listed) expect(key).not.toHaveProperty("secret");
      expect(await w.store.listApiKeys({ ...w.here, limit: 1 })).toHaveLength(1);
    });
  });

  describe("a token that may be used once", () => {
    const use = (w: World, name: string, more: object = {}) =>
      w.store.useToken({
        ...w.at(),
        tokenHash: "hash",
        use: name,
        runIds: [`run of ${name}`],
        expiresAt: w.now + 1_000,
        ...more,
      });

    it("serves one request, and repeats of that one", async () => {
      const w = world();
      expect(await use(w, "a")).toEqual({ runIds: ["run of a"] });
      expect(await use(w, "b")).toEqual({ refused: "used-before" });
      expect(await use(w, "a", { runIds: ["another"] })).toEqual({ runIds: ["run of a"] });
      expect(await use(world(), "b")).toEqual({ runIds: ["run of b"] });
    });

    it("serves one of many requests at once, of whichever node", async () => {
      const w = world();
      const params = (i: number) => ({ ...w.at(), tokenHash: "h", use: `${i}`, runIds: [`${i}`], expiresAt: w.now });
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => (w.nodes[i % w.nodes.length] as World["store"]).useToken(params(i))),
      );
      expect(answers.filter((answer) => "runIds" in answer)).toHaveLength(1);
    });

    it("is forgotten a day after it has expired, and not before", async () => {
      const w = world();
      await use(w, "a");
      w.now += 1_000 + DAY_MS;
      await use(w, "x", { tokenHash: "other" });
      expect(await use(w, "b")).toEqual({ refused: "used-before" });
      w.now += 1;
      await use(w, "x", { tokenHash: "other" });
      expect(await use(w, "b")).toEqual({ runIds: ["run of b"] });
    });
  });
}

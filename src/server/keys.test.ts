/** Secret keys as those meet them who ask over HTTP. */
import { describe, expect, it } from "vitest";
import { openApp, ROOT_KEY } from "../../test/server/open-app.ts";
import { createSecret } from "../core/api-key.ts";
import { createVirtualEnv } from "../testing/virtual-env.ts";
import { authenticate } from "./authenticate.ts";

async function openWithKey(body: object = { name: "backend" }) {
  const app = await openApp();
  const { status, json } = await app.ask("/api/v1/keys", { method: "POST", body });
  expect(status).toBe(200);
  return { ...app, id: String(json["id"]), secret: String(json["secret"]) };
}

describe("a secret key", () => {
  it("opens all but keys, until it is revoked", async () => {
    const { ask, id, secret } = await openWithKey();
    expect(secret).toMatch(/^pdr_prod_[0-9a-z]{38}$/);
    const runs = () => ask("/api/v1/runs", { credential: secret });
    expect((await runs()).status).toBe(200);
    for (const [method, path, body] of [
      ["POST", "/api/v1/keys", { name: "another" }],
      ["GET", "/api/v1/keys", undefined],
      ["POST", `/api/v1/keys/${id}/revoke`, undefined],
    ] as const) {
      const { status, json } = await ask(path, { method, credential: secret, body });
      expect([status, json["code"]]).toEqual([403, "ROOT_KEY_NEEDED"]);
    }
    const { json } = await ask(`/api/v1/keys/${id}/revoke`, { method: "POST" });
    expect(json).toMatchObject({ id, name: "backend", lastFour: secret.slice(-4), revokedAt: expect.any(String) });
    const after = await runs();
    expect([after.status, after.json["code"]]).toEqual([401, "SECRET_KEY_ENDED"]);
    expect((await ask("/api/v1/runs")).status).toBe(200);
  });

  it("is shown once, and its end is kept", async () => {
    const { world, ask, secret } = await openWithKey({ name: "for a day", expirationTime: "1d" });
    const listed = await ask("/api/v1/keys");
    expect(JSON.stringify(listed.json)).not.toContain(secret);
    expect(listed.json["data"]).toMatchObject([{ name: "for a day", expiresAt: expect.any(String) }]);
    await world.env.advance(24 * 60 * 60 * 1_000 + 1);
    const { status, json } = await ask("/api/v1/runs", { credential: secret });
    expect([status, json["code"]]).toEqual([401, "SECRET_KEY_ENDED"]);
    expect(JSON.stringify(json)).not.toContain(secret);
  });

  it("that another node has revoked is refused within seconds", async () => {
    const { world, ask, id, secret } = await openWithKey();
    expect((await ask("/api/v1/runs", { credential: secret })).status).toBe(200);
    await world.store.revokeApiKey({ environmentId: "test", now: world.env.now(), keyId: id });
    await world.env.advance(5_001);
    expect((await ask("/api/v1/runs", { credential: secret })).status).toBe(401);
  });

  it("is asked for in the database once in a while, and its use noted once an hour", async () => {
    const { world, ask, id, secret } = await openWithKey();
    const used = async () => (await world.store.findApiKey({ environmentId: "test", keyId: id }))?.lastUsedAt;
    const first = world.env.now();
    await ask("/api/v1/runs", { credential: secret });
    expect(await used()).toBe(first);
    await world.env.advance(59 * 60 * 1_000);
    await ask("/api/v1/runs", { credential: secret });
    expect(await used()).toBe(first);
    await world.env.advance(60 * 1_000);
    await ask("/api/v1/runs", { credential: secret });
    expect(await used()).toBe(world.env.now());
  });

  it.each([
    ["that was never made", createSecret("default", createVirtualEnv({ seed: 7 }))],
    ["that was mistyped", `${createSecret("default", createVirtualEnv()).slice(0, -1)}!`],
    ["that begins like ours", ROOT_KEY.slice(0, -1)],
    ["of nothing but dots", ".."],
  ])("%s is wrong", async (_, credential) => {
    const { ask } = await openApp();
    const { status, json } = await ask("/api/v1/runs", { credential });
    expect([status, json["code"]]).toEqual([401, "SECRET_KEY_WRONG"]);
    expect(JSON.stringify(json)).not.toContain(credential);
  });

  it("may be made again by whoever had no answer, and is the same then", async () => {
    const { calls } = await openApp();
    const first = await calls.createKey({ keyId: "key_1", name: "a" });
    expect(await calls.createKey({ keyId: "key_1", name: "a" })).toEqual(first);
    expect((await calls.listKeys({})).keys).toHaveLength(1);
  });

  it("is refused where there are too many, with an end in the past, and without a name", async () => {
    const { world, calls } = await openApp();
    for (let i = 0; i < 100; i++) await calls.createKey({ keyId: `key_${i}`, name: "a", ttlMs: 1_000 });
    await expect(calls.createKey({ keyId: "key_x", name: "a" })).rejects.toMatchObject({ code: "KEYS_TOO_MANY" });
    await world.env.advance(1_000);
    await calls.createKey({ keyId: "key_x", name: "a" });
    for (const more of [{ expiresAt: 1 }, { name: "" }, { keyId: "run_1" }, { ttlMs: 1, expiresAt: 9e12 }])
      await expect(calls.createKey({ keyId: "key_y", name: "a", ...more })).rejects.toMatchObject({
        code: "OPTION_INVALID",
      });
    await expect(calls.revokeKey({ keyId: "key_none" })).rejects.toMatchObject({ code: "KEY_NOT_FOUND" });
  });

  it("found before a revocation is not remembered after it", async () => {
    const { world, id, secret } = await openWithKey();
    const finding = authenticate(world.engine, secret);
    await world.engine.keys.revoke(id);
    await finding.catch(() => undefined);
    await expect(authenticate(world.engine, secret)).rejects.toMatchObject({ code: "SECRET_KEY_ENDED" });
  });
});

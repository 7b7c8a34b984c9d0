/** Public tokens as a page uses them: made, checked, used up, and what each opens. */
import { describe, expect, it } from "vitest";
import { openApp, ROOT_KEY } from "../../test/server/open-app.ts";
import { toBase64Url } from "../core/base64url.ts";
import { signToken, type TokenClaims } from "../core/public-token.ts";
import { OWN_MEDIA_TYPE } from "../protocol/index.ts";

const MINUTE_MS = 60_000;
const BASE_64_URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const OURS = { accept: OWN_MEDIA_TYPE, "content-type": OWN_MEDIA_TYPE };

async function open() {
  const app = await openApp();
  const seconds = () => Math.floor(app.world.env.now() / 1_000);
  const claims = (more: object = {}) =>
    ({ sub: "test", pub: true, exp: seconds() + 60, scopes: ["read:runs"], ...more }) as TokenClaims;
  return {
    ...app,
    claims,
    sign: (more?: object, secret = ROOT_KEY) => signToken(claims(more), secret),
    async codeOf(path: string, credential: string, more: object = {}) {
      const { status, json } = await app.ask(path, { credential, ...more });
      return status === 200 ? "fine" : `${status} ${String(json["code"])}`;
    },
  };
}

/** Signed or not, with whatever it says. */
function rawToken(header: object, claims: object, signature = ""): string {
  const part = (object: object) => toBase64Url(new TextEncoder().encode(JSON.stringify(object)));
  return `${part(header)}.${part(claims)}.${signature}`;
}

describe("a public token", () => {
  it("reads no metrics, which name all tasks and queues", async () => {
    const { codeOf, sign } = await open();
    expect(await codeOf("/metrics", await sign())).toBe("403 SCOPE_MISSING");
    expect(await codeOf("/metrics", ROOT_KEY)).not.toContain("SCOPE_MISSING");
  });

  it("is taken when it is signed with a key of ours, and with nothing else", async () => {
    const { codeOf, sign } = await open();
    expect(await codeOf("/api/v1/runs", await sign())).toBe("fine");
    expect(await codeOf("/api/v1/runs", await sign({}, "another key altogether"))).toBe("401 TOKEN_INVALID");
    const [header, , signature] = (await sign()).split(".");
    const [, more] = (await sign({ scopes: ["admin"] })).split(".");
    expect(await codeOf("/api/v1/runs", `${header}.${more}.${signature}`)).toBe("401 TOKEN_INVALID");
  });

  it.each(["none", "None", "HS384", "RS256", undefined])("with the algorithm %s is refused", async (alg) => {
    const { codeOf, claims, sign } = await open();
    const all = { ...claims(), iss: "https://id.trigger.dev", aud: "https://api.trigger.dev" };
    const signature = (await sign()).split(".")[2] as string;
    for (const given of ["", signature])
      expect(await codeOf("/api/v1/runs", rawToken({ alg }, all, given))).toBe("401 TOKEN_INVALID");
  });

  it.each([
    ["no environment", { sub: undefined }],
    ["another environment", { sub: "prod" }],
    ["no end", { exp: undefined }],
    ["an end that is no number", { exp: "tomorrow" }],
    ["a beginning to come", { nbf: 9e12 }],
    ["scopes that are no list", { scopes: "read:runs" }],
    ["scopes that are no texts", { scopes: [1] }],
    ["otu that is no statement", { otu: 1 }],
    ["a key that is no id", { key: 7 }],
    ["a key that is not there", { key: "key_none" }],
  ])("that names %s is refused", async (_, more) => {
    const { codeOf, sign } = await open();
    expect(await codeOf("/api/v1/runs", await sign(more))).toBe("401 TOKEN_INVALID");
  });

  it("of another issuer, or for another audience, is refused", async () => {
    const { codeOf, claims } = await open();
    for (const more of [{ iss: "https://evil.example" }, { aud: undefined }]) {
      const all = { iss: "https://id.trigger.dev", aud: "https://api.trigger.dev", ...claims(), ...more };
      const body = rawToken({ alg: "HS256" }, all).slice(0, -1);
      const key = await crypto.subtle.importKey(
        "raw",
        new TextEncoder().encode(ROOT_KEY),
        { name: "HMAC", hash: "SHA-256" },
        false,
        ["sign"],
      );
      const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(body));
      expect(await codeOf("/api/v1/runs", `${body}.${toBase64Url(new Uint8Array(mac))}`)).toBe("401 TOKEN_INVALID");
    }
  });

  it("ends at its time, and with its key", async () => {
    const { world, calls, codeOf, sign } = await open();
    const token = await sign();
    await world.env.advance(MINUTE_MS);
    expect(await codeOf("/api/v1/runs", token)).toBe("401 TOKEN_EXPIRED");
    const { key, secret } = await calls.createKey({ keyId: "key_1", name: "a" });
    const other = await calls.createKey({ keyId: "key_2", name: "b" });
    const ofKey = await sign({ key: key.id }, secret);
    expect(await codeOf("/api/v1/runs", ofKey)).toBe("fine");
    expect(await codeOf("/api/v1/runs", await sign({ key: key.id }, other.secret))).toBe("401 TOKEN_INVALID");
    expect(await codeOf("/api/v1/runs", await sign({}, secret))).toBe("401 TOKEN_INVALID");
    await calls.revokeKey({ keyId: key.id });
    expect(await codeOf("/api/v1/runs", ofKey)).toBe("401 TOKEN_INVALID");
  });

  it("reads the runs that it names, by id, task, tag or batch, and does not learn of others", async () => {
    const { world, codeOf, sign } = await open();
    const mine = await world.trigger({ tags: ["user:1"] });
    const other = await world.trigger({ tags: ["user:2"] });
    const read = async (runId: string, ...scopes: string[]) => codeOf(`/api/v3/runs/${runId}`, await sign({ scopes }));
    for (const scope of [
      `read:runs:${mine}`,
      "read:tags:user:1",
      "read:tasks:job",
      "read:runs",
      "read",
      "read:all",
      "admin",
    ])
      expect([scope, await read(mine, scope)]).toEqual([scope, "fine"]);
    for (const scope of [
      `read:runs:${mine}`,
      "read:tags:user:1",
      "read:tasks",
      "read:tags",
      "write:runs",
      "trigger:tasks:job",
    ]) {
      const expected = scope === "read:tasks" || scope === "read:tags" ? "fine" : "403 SCOPE_MISSING";
      expect([scope, await read(other, scope)]).toEqual([scope, expected]);
    }
    expect(await read(mine)).toBe("403 SCOPE_MISSING");
    expect(await read("run_unknown", `read:runs:${mine}`)).toBe("403 SCOPE_MISSING");
  });

  it("that is refused names the scope that it takes, and nothing that it may not read", async () => {
    const { world, ask, sign } = await open();
    const runId = await world.trigger({ tags: ["secret-tag"] });
    const { json } = await ask(`/api/v3/runs/${runId}`, { credential: await sign({ scopes: [] }) });
    expect(json["error"]).toContain(`read:runs:${runId}`);
    expect(json["error"]).not.toContain("secret-tag");
  });

  it("makes no tokens and no keys, whatever its scopes", async () => {
    const { ask, codeOf, sign } = await open();
    const admin = await sign({ scopes: ["admin"] });
    const post = { method: "POST", body: { scopes: ["admin"], expirationTime: "30d" } };
    expect(await codeOf("/api/v1/auth/public-tokens", admin, post)).toBe("403 SCOPE_MISSING");
    expect(await codeOf("/api/v1/auth/jwt/claims", admin, { method: "POST" })).toBe("403 SCOPE_MISSING");
    expect(await codeOf("/api/v1/keys", admin)).toBe("403 ROOT_KEY_NEEDED");
    const { json } = await ask("/api/v1/auth/jwt/claims", { method: "POST" });
    expect(json).toEqual({ sub: "test", pub: true });
  });
});

describe("a token made here", () => {
  it("says what it was asked to, is signed with the key that asked, and ends within 30 days", async () => {
    const { calls, ask, codeOf } = await open();
    const { secret } = await calls.createKey({ keyId: "key_1", name: "a" });
    const make = (body: object, credential = secret) =>
      ask("/api/v1/auth/public-tokens", { method: "POST", credential, body });
    const { json } = await make({ scopes: ["read:runs"], expirationTime: "1h" });
    const token = String(json["token"]);
    expect(await codeOf("/api/v1/runs", token)).toBe("fine");
    await calls.revokeKey({ keyId: "key_1" });
    expect(await codeOf("/api/v1/runs", token)).toBe("401 TOKEN_INVALID");
    for (const body of [{ scopes: [], expirationTime: "31d" }, { scopes: [], expirationTime: 1 }, { scopes: [""] }, {}])
      expect((await make(body, ROOT_KEY)).json["code"]).toBe("OPTION_INVALID");
    expect((await make({ scopes: [], realtime: {} }, ROOT_KEY)).json["code"]).toBe("OPTION_UNSUPPORTED");
  });
});

describe("a token to trigger with", () => {
  const trigger = { method: "POST", body: { payload: 1 } };

  it("triggers its tasks, and is handed a token to read the run with", async () => {
    const { ask, codeOf, sign } = await open();
    const token = await sign({ scopes: ["trigger:tasks:job"] });
    const { status, json, headers } = await ask("/api/v1/tasks/job/trigger", { ...trigger, credential: token });
    expect([status, Object.keys(json)]).toEqual([200, ["id", "isCached"]]);
    const handed = headers.get("x-trigger-jwt") as string;
    expect(await codeOf(`/api/v3/runs/${String(json["id"])}`, handed)).toBe("fine");
    expect(await codeOf("/api/v1/runs", handed)).toBe("403 SCOPE_MISSING");
    expect(await codeOf(`/api/v3/runs/${String(json["id"])}`, token)).toBe("403 SCOPE_MISSING");
    for (const scopes of [["trigger:tasks:other"], ["batchTrigger:tasks:job"], ["read:tasks:job"], []])
      expect(await codeOf("/api/v1/tasks/job/trigger", await sign({ scopes }), trigger)).toBe("403 SCOPE_MISSING");
  });

  it("that may be used once triggers once, however its signature is spelled, and repeats its request", async () => {
    const { world, ask, codeOf, sign } = await open();
    const credential = await sign({ scopes: ["trigger:tasks:job"], otu: true });
    const named = (name: string) => ({
      ...trigger,
      credential,
      headers: { "x-trigger-request-idempotency-key": name },
    });
    const first = await ask("/api/v1/tasks/job/trigger", named("a"));
    const repeat = await ask("/api/v1/tasks/job/trigger", named("a"));
    expect([first.status, repeat.json["id"]]).toEqual([200, first.json["id"]]);
    const other = await ask("/api/v1/tasks/job/trigger", named("b"));
    expect([other.status, other.json["code"]]).toEqual([422, "TOKEN_USED"]);
    // Of the last character's six bits a signature of 32 bytes uses four: the next character means the same bytes.
    const spelled = credential.slice(0, -1) + BASE_64_URL.charAt(BASE_64_URL.indexOf(credential.at(-1) ?? "") + 1);
    expect(await codeOf("/api/v1/tasks/job/trigger", spelled, trigger)).toBe("422 TOKEN_USED");
    await world.restart();
    expect((await world.store.listRuns({ environmentId: "test", limit: 10 })).length).toBe(1);
  });

  it("that may be used once is not used up by a request that is no request", async () => {
    const { codeOf, sign } = await open();
    const token = await sign({ scopes: ["trigger:tasks:job"], otu: true });
    const unsupported = { method: "POST", body: { options: { machine: "large-1x" } } };
    expect(await codeOf("/api/v1/tasks/job/trigger", token, unsupported)).toBe("400 OPTION_UNSUPPORTED");
    expect(await codeOf("/api/v1/tasks/job/trigger", token, trigger)).toBe("fine");
    expect(await codeOf("/api/v1/tasks/job/trigger", token, trigger)).toBe("422 TOKEN_USED");
  });

  it("makes no run of somebody else its own by naming it", async () => {
    const { world, ask, codeOf, sign } = await open();
    const victim = await world.trigger();
    const scopes = ["trigger:tasks:job", "batchTrigger:tasks:job"];
    const credential = await sign({ scopes });
    const requests = [{ task: "job", options: {} }];
    const send = (more: object = {}) =>
      ask("/api/v1/tasks/job/trigger", {
        method: "POST",
        credential,
        headers: OURS,
        body: { requests, runIds: [victim], ...more },
      });
    const { json } = await send();
    const [{ id }] = json["runs"] as [{ id: string }];
    expect(id).not.toBe(victim);
    expect((await send()).json["runs"]).toEqual([{ id, task: "job", isCached: false }]);
    const token = String(json["publicAccessToken"]);
    expect(await codeOf(`/api/v3/runs/${id}`, token)).toBe("fine");
    expect(await codeOf(`/api/v3/runs/${victim}`, token)).toBe("403 SCOPE_MISSING");
    const batch = await send({ batchId: "batch_of_somebody" });
    expect(batch.json["batchId"]).not.toBe("batch_of_somebody");
    expect((await send({ parentRunId: victim })).json["code"]).toBe("SCOPE_MISSING");
  });

  it("is handed no token for a run that an idempotency key has led to", async () => {
    const { ask, codeOf, sign } = await open();
    const body = { payload: 1, options: { idempotencyKey: "order 7" } };
    const first = await ask("/api/v1/tasks/job/trigger", { method: "POST", body });
    const credential = await sign({ scopes: ["trigger:tasks:job"] });
    const { json, headers } = await ask("/api/v1/tasks/job/trigger", { method: "POST", body, credential });
    expect(json).toEqual({ id: first.json["id"], isCached: true });
    const handed = headers.get("x-trigger-jwt") as string;
    expect(await codeOf(`/api/v3/runs/${String(json["id"])}`, handed)).toBe("403 SCOPE_MISSING");
  });
});

/** What a request meets before it is looked at: origins, limits, and guesses. */
import { describe, expect, it } from "vitest";
import { openApp, ROOT_KEY } from "../../../test/server/open-app.ts";
import { signToken } from "../../core/public-token.ts";

const PAGE = { origin: "https://app.example" };
const RUNS = "/api/v1/runs";

async function openWithToken(scopes: readonly string[] = ["read:runs"], options = {}) {
  const app = await openApp(options);
  const exp = Math.floor(app.world.env.now() / 1_000) + 3_600;
  const make = (n = 0) => signToken({ sub: "test", pub: true, exp: exp + n, scopes }, ROOT_KEY);
  return { ...app, make, token: await make() };
}

describe("a page of another origin", () => {
  it("asks first, and is told what it may send", async () => {
    const { ask } = await openApp();
    const headers = { ...PAGE, "access-control-request-method": "POST" };
    const answer = await ask("/api/v1/tasks/job/trigger", { method: "OPTIONS", credential: undefined, headers });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-methods")).toBe("POST");
    expect(answer.headers.get("access-control-allow-headers")).toContain("x-trigger-request-idempotency-key");
    expect(answer.headers.get("access-control-max-age")).toBe("300");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  });

  it.each(["/api/v1/keys", "/api/v1/auth/public-tokens", "/api/v1/auth/jwt/claims", "/api/v1/runs/run_1/replay", "/x"])(
    "is not told so of %s, which is not for tokens",
    async (path) => {
      const { ask } = await openApp();
      const answer = await ask(path, { method: "OPTIONS", credential: undefined, headers: PAGE });
      expect([answer.status, answer.json["code"]]).toEqual([403, "ORIGIN_REFUSED"]);
      expect(answer.headers.get("access-control-allow-methods")).toBeNull();
    },
  );

  it("may fetch long values: where they are, and by the address that it was given", async () => {
    const { ask } = await openApp();
    const asking = { method: "OPTIONS", credential: undefined, headers: PAGE };
    expect((await ask("/api/v1/runs/run_1/packets/output", asking)).status).toBe(204);
    const answer = await ask("/packets/runs/run_1/output", { credential: undefined, headers: PAGE });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([403, "*"]);
  });

  it("is not told so under another host name", async () => {
    const { ask } = await openApp();
    const headers = { ...PAGE, host: "evil.example" };
    const answer = await ask(RUNS, { method: "OPTIONS", credential: undefined, headers });
    expect([answer.status, answer.json["code"]]).toEqual([403, "HOST_REFUSED"]);
  });

  it("may show a token, and read the answer, its headers and its refusals", async () => {
    const { ask, token } = await openWithToken();
    for (const [path, status] of [
      [RUNS, 200],
      ["/api/v3/runs/run_none", 404],
      ["/api/v1/keys", 403],
    ] as const) {
      const answer = await ask(path, { credential: token, headers: PAGE });
      expect(answer.status).toBe(status);
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      expect(answer.headers.get("access-control-expose-headers")).toBe("*");
      expect(answer.headers.get("vary")).toBe("origin");
    }
  });

  it("may show no secret key, right or wrong, and learns nothing of which it was", async () => {
    const { ask } = await openApp();
    for (const credential of [ROOT_KEY, "wrong", undefined]) {
      const { status, json } = await ask(RUNS, { credential, headers: PAGE });
      expect([status, json["code"]]).toEqual([403, "ORIGIN_REFUSED"]);
    }
  });

  it("is none where it is our own", async () => {
    const { ask } = await openApp();
    const { status, headers } = await ask(RUNS, { headers: { origin: "http://localhost" } });
    expect([status, headers.get("access-control-allow-origin")]).toEqual([200, null]);
  });
});

describe("the limit of a key", () => {
  it("is told with every answer, and ends in refusals that say when to come again", async () => {
    const { world, ask } = await openApp({ rateLimit: 2 });
    const told = async () => {
      const { status, json, headers } = await ask(RUNS);
      const [limit, remaining, reset, retry] = [
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "retry-after",
      ].map((name) => headers.get(name));
      return [status, json["code"], limit, remaining, Number(reset) - world.env.now(), retry];
    };
    expect(await told()).toEqual([200, undefined, "6", "5", 500, null]);
    for (let i = 0; i < 4; i++) await ask(RUNS);
    expect(await told()).toEqual([200, undefined, "6", "0", 3_000, null]);
    expect(await told()).toEqual([429, "RATE_LIMITED", "6", "0", 3_000, "1"]);
    await world.env.advance(500);
    expect((await told())[0]).toBe(200);
    const notFound = await ask("/api/v1/nothing");
    expect([
      notFound.status,
      notFound.headers.get("x-ratelimit-limit"),
      notFound.headers.get("x-should-retry"),
    ]).toEqual([429, "6", "true"]);
    expect((await ask("/healthz", { credential: undefined })).status).toBe(200);
    expect((await ask("/readyz", { credential: undefined })).status).toBe(200);
  });

  it("is its own: other keys and tokens have theirs, tokens a smaller one", async () => {
    const { calls, ask, make } = await openWithToken(["read:runs"], { rateLimit: 10 });
    const { secret } = await calls.createKey({ keyId: "key_1", name: "a" });
    const limits = async (credential: string) => (await ask(RUNS, { credential })).headers.get("x-ratelimit-limit");
    expect([await limits(ROOT_KEY), await limits(secret), await limits(await make())]).toEqual(["30", "30", "3"]);
    for (let i = 0; i < 30; i++) await ask(RUNS);
    expect((await ask(RUNS)).status).toBe(429);
    expect((await ask(RUNS, { credential: secret })).status).toBe(200);
    for (let i = 0; i < 2; i++) await ask(RUNS, { credential: await make() });
    expect((await ask(RUNS, { credential: await make() })).status).toBe(429);
    expect((await ask(RUNS, { credential: await make(1) })).status).toBe(200);
  });

  it.each([false, 0] as const)("may be turned off by %s", async (rateLimit) => {
    const { ask } = await openApp({ rateLimit });
    for (let i = 0; i < 50; i++) expect((await ask(RUNS)).status).toBe(200);
    expect((await ask(RUNS)).headers.get("x-ratelimit-limit")).toBeNull();
  });

  it("is generous where nobody chose", async () => {
    const { ask } = await openApp();
    expect((await ask(RUNS)).headers.get("x-ratelimit-limit")).toBe("1500");
  });
});

describe("wrong keys", () => {
  const guess = (ask: Awaited<ReturnType<typeof openApp>>["ask"], credential: string, more: object = {}) =>
    ask(RUNS, { credential, ...more }).then(({ status }) => status);

  it("are refused unlooked at after some, from that address, until time has passed", async () => {
    const { world, ask } = await openApp();
    for (let i = 0; i < 20; i++) expect(await guess(ask, `wrong ${i}`)).toBe(401);
    const refused = await ask(RUNS, { credential: "wrong" });
    expect([refused.status, refused.json["code"], refused.headers.get("retry-after")]).toEqual([
      429,
      "RATE_LIMITED",
      "1",
    ]);
    expect(await guess(ask, ROOT_KEY)).toBe(429);
    expect(await guess(ask, ROOT_KEY, { remote: "192.0.2.2" })).toBe(200);
    await world.env.advance(1_000);
    expect(await guess(ask, ROOT_KEY)).toBe(200);
  });

  it("lock nobody out who was let in from there before", async () => {
    const { world, ask } = await openApp();
    expect(await guess(ask, ROOT_KEY)).toBe(200);
    for (let i = 0; i < 25; i++) await guess(ask, `wrong ${i}`);
    expect(await guess(ask, "wrong")).toBe(429);
    expect(await guess(ask, ROOT_KEY)).toBe(200);
    await world.env.advance(11 * 60_000);
    for (let i = 0; i < 25; i++) await guess(ask, `wrong ${i}`);
    expect(await guess(ask, ROOT_KEY)).toBe(429);
  });

  it("count for the address that a proxy names, where it is ours", async () => {
    const [open, behind] = [await openApp(), await openApp({ trustProxy: true })];
    const from = (address: string) => ({ headers: { "x-forwarded-for": address } });
    for (let i = 0; i < 25; i++) {
      await guess(open.ask, "wrong", from(`10.0.0.${i}`));
      await guess(behind.ask, "wrong", from("10.0.0.1"));
    }
    expect(await guess(open.ask, ROOT_KEY, from("10.0.0.99"))).toBe(429);
    expect(await guess(behind.ask, ROOT_KEY, from("10.0.0.1"))).toBe(429);
    expect(await guess(behind.ask, ROOT_KEY, from("10.0.0.2"))).toBe(200);
  });

  it("are none where a token has only expired", async () => {
    const { world, ask, token } = await openWithToken();
    await world.env.advance(2 * 60 * 60_000);
    for (let i = 0; i < 25; i++) expect(await guess(ask, token)).toBe(401);
    expect(await guess(ask, ROOT_KEY)).toBe(200);
  });
});

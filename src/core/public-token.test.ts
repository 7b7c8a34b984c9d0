import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase64Url, toBase64Url } from "./base64url.ts";
import { checkClaims, isSignedWith, readToken, signToken } from "./public-token.ts";

const CLAIMS = { sub: "env", pub: true, exp: 2_000, scopes: ["read:runs"] } as const;
const here = { environmentId: "env", now: 1_000_000 };

describe("base64url", () => {
  it("gives back every byte", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = toBase64Url(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("base64url"));
        expect(fromBase64Url(text)).toEqual(bytes);
      }),
    );
    for (const other of ["a+b/", "a=", "ä", "a b", "abcde"]) expect(fromBase64Url(other)).toBeUndefined();
  });
});

describe("a public token", () => {
  it("is signed as RFC 7519 says", async () => {
    const token = await signToken(CLAIMS, "secret ü");
    const [header = "", claims = "", signature] = token.split(".");
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).toEqual({ alg: "HS256", typ: "JWT" });
    expect(signature).toBe(createHmac("sha256", "secret ü").update(`${header}.${claims}`).digest("base64url"));
    expect(await isSignedWith(token, "secret ü")).toBe(true);
    expect(await isSignedWith(token, "secret u")).toBe(false);
    expect(readToken(token)).toEqual({ ...CLAIMS, iss: "https://id.trigger.dev", aud: "https://api.trigger.dev" });
  });

  it("is nothing of what only looks like one", async () => {
    const part = (text: string) => Buffer.from(text).toString("base64url");
    for (const text of [
      "",
      "a.b",
      "a.b.c",
      `.${part("{}")}.`,
      `.${part("null")}.`,
      `.${part('{"pub":1}')}.`,
      "a.b.c.d",
      ".....",
    ])
      expect(readToken(text)).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => readToken(text) === undefined));
    await fc.assert(fc.asyncProperty(fc.string(), async (text) => !(await isSignedWith(text, "s"))));
    const critical = `${part('{"alg":"HS256","crit":["x"]}')}.${part("{}")}`;
    const signature = createHmac("sha256", "s").update(critical).digest("base64url");
    expect(await isSignedWith(`${critical}.${signature}`, "s")).toBe(false);
    expect(await isSignedWith(`${part('{"alg":"HS256"}')}.${part("{}")}.+`, "s")).toBe(false);
  });

  it("is checked claim by claim", async () => {
    const claims = readToken(await signToken(CLAIMS, "s")) ?? {};
    expect(checkClaims(claims, here)).toEqual({ claims: { ...CLAIMS, otu: false } });
    expect(checkClaims({ ...claims, key: "key_1", otu: true, scopes: undefined, nbf: 1_060 }, here)).toEqual({
      claims: { ...CLAIMS, key: "key_1", otu: true, scopes: [] },
    });
    for (const wrong of [
      { iss: "x" },
      { aud: ["https://api.trigger.dev"] },
      { sub: "other" },
      { exp: Number.NaN },
      { exp: undefined },
      { nbf: 1_061 },
      { nbf: "soon" },
      { key: 1 },
      { otu: "yes" },
      { scopes: "all" },
      { scopes: [1] },
    ])
      expect(checkClaims({ ...claims, ...wrong }, here)).toEqual({ problem: expect.any(String) });
  });
});

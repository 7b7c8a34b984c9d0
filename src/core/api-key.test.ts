import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createVirtualEnv } from "../testing/virtual-env.ts";
import { createSecret, isSecret, whyEnded } from "./api-key.ts";

const env = createVirtualEnv();
const key = { id: "key_1", name: "a", lastFour: "abcd", createdAt: 1 };

describe("the secret of a key", () => {
  it("says what it is and which environment it is for, and is never made twice", () => {
    expect(createSecret("default", env)).toMatch(/^pdr_prod_[0-9a-z]{38}$/);
    expect(createSecret("dev", env)).toMatch(/^pdr_dev_[0-9a-z]{38}$/);
    expect(new Set(Array.from({ length: 100 }, () => createSecret("default", env))).size).toBe(100);
  });

  it("is known by its checksum, whichever character was mistyped", () => {
    const secret = createSecret("default", env);
    expect(isSecret(secret)).toBe(true);
    const places = fc.integer({ min: "pdr_prod_".length, max: secret.length - 1 });
    const characters = fc.constantFrom(..."0123456789abcdefghjkmnpqrstvwxyzILOU_ ");
    fc.assert(
      fc.property(places, characters, (at, character) => {
        fc.pre(secret[at] !== character);
        return !isSecret(secret.slice(0, at) + character + secret.slice(at + 1));
      }),
    );
    for (const other of [
      "",
      "pdr_prod_",
      secret.slice(1),
      `${secret}0`,
      secret.replace("prod", "dev"),
      secret.toUpperCase(),
    ])
      expect(isSecret(other)).toBe(false);
  });
});

describe("a key", () => {
  it("opens something until it is revoked or has expired", () => {
    expect(whyEnded(key, 9)).toBeUndefined();
    expect(whyEnded({ ...key, expiresAt: 10 }, 9)).toBeUndefined();
    expect(whyEnded({ ...key, expiresAt: 10 }, 10)).toBe("has expired");
    expect(whyEnded({ ...key, expiresAt: 10, revokedAt: 11 }, 12)).toBe("was revoked");
  });
});

import { describe, expect, it } from "vitest";
import { checkHost, isForeign } from "./check-origin.ts";

const refused = expect.objectContaining({ code: "HOST_REFUSED" });

describe("a request", () => {
  it.each(["localhost", "localhost:3400", "127.0.0.1:3400", "[::1]:3400", "LOCALHOST"])(
    "for the loopback name %s is answered",
    (host) => expect(() => checkHost(host, [])).not.toThrow(),
  );

  it.each(["", "evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example"])(
    "for the host %j is refused",
    (host) => expect(() => checkHost(host, [])).toThrow(refused),
  );

  it("for a name that was named is answered, whatever its port", () => {
    expect(() => checkHost("jobs.example:8080", ["jobs.example"])).not.toThrow();
    expect(() => checkHost("any.example", ["*"])).not.toThrow();
    expect(() => checkHost("jobs.example", ["Jobs.Example"])).not.toThrow();
  });

  it("is foreign when the page of another origin sent it", () => {
    const host = "localhost:3400";
    expect(isForeign(undefined, host)).toBe(false);
    expect(isForeign("http://localhost:3400", host)).toBe(false);
    expect(isForeign("http://localhost:3000", host)).toBe(true);
    expect(isForeign("null", host)).toBe(true);
  });
});

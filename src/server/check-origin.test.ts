import { describe, expect, it } from "vitest";
import { isPerdureError } from "../core/errors.ts";
import { checkOrigin } from "./check-origin.ts";

function codeOf(headers: Parameters<typeof checkOrigin>[0], hosts: readonly string[] = []): string {
  try {
    checkOrigin(headers, hosts);
    return "fine";
  } catch (error) {
    return isPerdureError(error) ? error.code : String(error);
  }
}

describe("a request", () => {
  it.each(["localhost", "localhost:3400", "127.0.0.1:3400", "[::1]:3400", "LOCALHOST"])(
    "for the loopback name %s is answered",
    (host) => expect(codeOf({ host })).toBe("fine"),
  );

  it.each(["", "evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example"])(
    "for the host %j is refused",
    (host) => expect(codeOf({ host })).toBe("HOST_REFUSED"),
  );

  it("for a name that was named is answered, whatever its port", () => {
    expect(codeOf({ host: "jobs.example:8080" }, ["jobs.example"])).toBe("fine");
    expect(codeOf({ host: "any.example" }, ["*"])).toBe("fine");
  });

  it("from a page of our own is answered, from any other refused", () => {
    const host = "localhost:3400";
    expect(codeOf({ host, origin: "http://localhost:3400" })).toBe("fine");
    expect(codeOf({ host, origin: "http://localhost:3000" })).toBe("ORIGIN_REFUSED");
    expect(codeOf({ host, origin: "null" })).toBe("ORIGIN_REFUSED");
  });
});

import { describe, expect, it } from "vitest";
import { isUrlPattern, matchesUrl } from "./url-pattern.ts";

describe("a pattern of URLs", () => {
  it.each([
    // A host.
    ["otel.example.com", "https://otel.example.com/v1/traces?x=1", true],
    ["otel.example.com", "http://otel.example.com:4318/", true],
    ["OTEL.example.com", "https://otel.EXAMPLE.com/", true],
    ["otel.example.com", "https://otel.example.com.evil.com/", false],
    ["otel.example.com", "https://evil.com/otel.example.com", false],
    ["otel.example.com", "https://otel.example.com@evil.com/", false],
    ["*.example.com", "https://a.b.example.com/", true],
    ["*.example.com", "https://example.com/", false],
    ["*.example.com", "https://evil.com/.example.com", false],
    ["localhost:4318", "http://localhost:4318/v1/logs", true],
    ["localhost:4318", "http://localhost:43180/", false],
    ["localhost:4318", "http://localhost/", false],
    ["localhost:80", "http://localhost/", true],
    ["localhost:43*", "http://localhost:4317/", true],
    ["[::1]:4318", "http://[::1]:4318/v1", true],
    ["[::1]", "http://[::2]/", false],
    ["*", "http://anything:1/else", true],
    // An origin.
    ["https://otel.example.com", "https://otel.example.com/v1?x", true],
    ["https://otel.example.com/", "https://otel.example.com/v1", true],
    ["https://otel.example.com:443", "https://otel.example.com/v1", true],
    ["https://otel.example.com", "http://otel.example.com/v1", false],
    ["https://otel.example.com", "https://otel.example.com:8443/v1", false],
    ["https://otel.example.com:*", "https://otel.example.com:8443/v1", true],
    ["https://otel.example.com:*", "https://otel.example.com/v1", true],
    ["HTTPS://*.example.com", "https://a.example.com/", true],
    ["*://otel.example.com", "http://otel.example.com/", true],
    ["*://otel.example.com", "http://otel.example.com:8080/", false],
    // A prefix.
    ["https://example.com/v1/traces", "https://example.com/v1/traces", true],
    ["https://example.com/v1/traces", "https://example.com/v1/traces?x=/v1", true],
    ["https://example.com/v1/traces", "https://example.com/v1/traces/today", true],
    ["https://example.com/v1/traces", "https://example.com/v1/traces2", false],
    ["https://example.com/v1/traces", "https://example.com/V1/traces", false],
    ["https://example.com/v1/traces", "https://example.com/", false],
    ["https://example.com/v1/", "https://example.com/v1/traces", true],
    ["https://example.com/v1/", "https://example.com/v1", false],
    ["https://example.com/v1/*", "https://example.com/v1/traces/today", true],
    ["https://example.com/v1*", "https://example.com/v17/traces", true],
    ["https://*.ingest.example.com/api/*/envelope/", "https://o1.ingest.example.com/api/42/envelope/?key=a", true],
    ["https://*.ingest.example.com/api/*/envelope/", "https://o1.ingest.example.com/api/42/store/", false],
    ["https://*/v1", "https://example.com/v1/traces", true],
    ["https://*/v1", "https://example.com/other/v1", false],
    ["https://example.com/a%20b", "https://example.com/a b/c", true],
  ])("%s against %s: %s", (pattern, url, matches) => {
    expect(isUrlPattern(pattern)).toBe(true);
    expect(matchesUrl(new URL(url), pattern)).toBe(matches);
  });

  it.each([
    "",
    "otel.example.com/v1",
    "otel example.com",
    "https://",
    "ftp://example.com",
    "//example.com",
    "/v1/traces",
    "https://user@example.com",
    "https://example.com/v1?key=1",
    "https://example.com/v1#part",
    "https://example.com/ä",
    "bücher.example",
    "::1",
  ])("is none of the kind: %s", (text) => {
    expect(isUrlPattern(text)).toBe(false);
    expect(matchesUrl(new URL("https://example.com/v1"), text)).toBe(false);
  });
});

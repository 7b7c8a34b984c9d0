import { expect, it } from "vitest";
import { createVirtualEnv } from "../../testing/virtual-env.ts";
import { createSessions, SESSION_MS } from "./session.ts";

it("a session ends after its time, and with the secret key that opened it", async () => {
  const env = createVirtualEnv();
  const sessions = createSessions("a-secret-key-of-tests", env);
  const cookie = sessions.open();
  expect(sessions.isOpen(cookie)).toBe(true);
  expect(createSessions("another-key-of-tests", env).isOpen(cookie)).toBe(false);
  const [until = "", code = ""] = cookie.split(".");
  expect(sessions.isOpen(`${Number(until) + 1}.${code}`)).toBe(false);
  // As many characters as a code has, and one byte more.
  expect(sessions.isOpen(`${until}.é${"A".repeat(code.length - 1)}`)).toBe(false);
  await env.advance(SESSION_MS);
  expect(sessions.isOpen(cookie)).toBe(false);
});

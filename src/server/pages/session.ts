import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Env } from "../../core/env.ts";

/** How long somebody stays signed in. */
export const SESSION_MS = 7 * 24 * 3_600_000;

/** Sessions that the server need not remember: a cookie says until when, and a code that only we can make says that we said so. */
export interface Sessions {
  /** The content of the cookie of whoever has just shown the secret key. */
  open(): string;
  isOpen(cookie: string | undefined): boolean;
}

/** With another secret key all sessions end. */
export function createSessions(secretKey: string, env: Env): Sessions {
  // Of its own, so that a cookie tells nothing of what else is made with the secret key.
  const key = createHash("sha256").update(`perdure session ${secretKey}`).digest();
  const codeOf = (until: string) => createHmac("sha256", key).update(until).digest("base64url");
  return {
    open() {
      const until = `${env.now() + SESSION_MS}`;
      return `${until}.${codeOf(until)}`;
    },
    isOpen(cookie = "") {
      const [until = "", code = ""] = cookie.split(".");
      return isEqual(code, codeOf(until)) && Number(until) > env.now();
    },
  };
}

function isEqual(given: string, right: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}

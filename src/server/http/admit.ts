import { createHash } from "node:crypto";
import type { Env } from "../../core/env.ts";
import { isPerdureError, type PerdureError, perdureError } from "../../core/errors.ts";
import type { RateLimit, Taken } from "../../core/rate-limit.ts";
import { credentialIn, isPublicToken } from "../authenticate.ts";
import type { Caller } from "../caller.ts";
import { checkHost, isForeign } from "../check-origin.ts";
import { createKnownCallers } from "../known-callers.ts";
import { createRateLimiter, type RateLimiter } from "../rate-limiter.ts";
import { PAGE_HEADERS } from "./cors.ts";

/** A request before it is known who sends it. */
export interface Arrival {
  header(name: string): string | undefined;
  /** Where it comes from; see `networkOf`. */
  readonly network: string;
  /** Adds a header to the answer, whatever that will be. */
  tell(name: string, text: string): void;
}

export interface AdmissionOptions {
  readonly env: Env;
  /** Host names under which the app is reached beside the loopback ones; `*` for any. */
  readonly hosts: readonly string[];
  /** Requests a second that one secret key may send for long; `false` or 0 for any number. */
  readonly rateLimit: number | false;
  readonly authenticate: (credential: string, requestName: string | undefined) => Promise<Caller>;
}

/** Wrong keys that one network may show, so that nobody finds a right one by trying. */
const GUESSES: RateLimit = { burst: 20, perSecond: 1 };
/** What a key may send at once, as seconds of what it may send for long. */
const BURST_SECONDS = 3;
/** A page needs less than a server, and its token is in many hands. */
const TOKEN_SHARE = 10;
const LONGEST_REQUEST_NAME = 128;
const GUESSED: ReadonlySet<string> = new Set(["SECRET_KEY_WRONG", "TOKEN_INVALID"]);

/**
 * Finds out who sends a request and whether it may send one now.
 *
 * @throws {PerdureError} `HOST_REFUSED`, `ORIGIN_REFUSED`, `SECRET_KEY_MISSING`, `RATE_LIMITED`, and what `authenticate` throws.
 */
export function createAdmission({ env, hosts, rateLimit, authenticate }: AdmissionOptions) {
  const guesses = createRateLimiter(GUESSES, env);
  const known = createKnownCallers(env);
  const hasLimit = rateLimit !== false && rateLimit > 0;
  const keyLimiter = hasLimit ? createRateLimiter(limitOf(rateLimit), env) : undefined;
  const tokenLimiter = hasLimit ? createRateLimiter(limitOf(rateLimit / TOKEN_SHARE), env) : undefined;

  return async function admit(arrival: Arrival): Promise<Caller> {
    const credential = checkSender(arrival, hosts);
    const caller = await identify(arrival, credential);
    const limiter = caller.kind === "token" ? tokenLimiter : keyLimiter;
    if (limiter !== undefined) count(arrival, limiter, nameOf(caller), "This key or token sends too many requests");
    return caller;
  };

  /** Who was let in from there goes on: behind a proxy everybody comes from one place, and a stranger's guesses must lock nobody out. */
  async function identify(arrival: Arrival, credential: string): Promise<Caller> {
    const { network } = arrival;
    const sender = `${network} ${createHash("sha256").update(credential).digest("base64")}`;
    if (!guesses.hasRoom(network) && !known.isKnown(sender))
      count(arrival, guesses, network, "Too many wrong keys come from this address");
    try {
      const requestName = arrival.header("x-trigger-request-idempotency-key");
      const isNamed = requestName !== undefined && requestName.length <= LONGEST_REQUEST_NAME;
      const caller = await authenticate(credential, isNamed ? requestName : undefined);
      known.note(sender);
      return caller;
    } catch (error) {
      if (isPerdureError(error) && GUESSED.has(error.code)) guesses.take(network);
      throw error;
    }
  }

  function count(arrival: Arrival, limiter: RateLimiter, name: string, who: string): void {
    const taken = limiter.take(name);
    tellLimit(arrival, limiter.limit, taken, env.now());
    if (!taken.isAllowed) throw rateLimited(limiter.limit, who);
  }
}

/** The credential that it shows. A page of another origin may show a public token and nothing else. */
function checkSender(arrival: Arrival, hosts: readonly string[]): string {
  const host = arrival.header("host") ?? "";
  const origin = arrival.header("origin");
  checkHost(host, hosts);
  const credential = credentialIn(arrival.header("authorization"));
  if (isForeign(origin, host)) {
    for (const [name, text] of Object.entries(PAGE_HEADERS)) arrival.tell(name, text);
    // Before it is compared with anything: a page learns nothing about keys.
    if (credential === undefined || !isPublicToken(credential)) throw perdureError("ORIGIN_REFUSED", { origin });
  }
  if (credential === undefined) throw perdureError("SECRET_KEY_MISSING");
  return credential;
}

function limitOf(perSecond: number): RateLimit {
  const atLeastOne = Math.max(1, perSecond);
  return { perSecond: atLeastOne, burst: Math.ceil(atLeastOne * BURST_SECONDS) };
}

/** All tokens of a key have limits of their own: one page that asks too often stops no other. */
function nameOf(caller: Caller): string {
  switch (caller.kind) {
    case "root":
      return "root";
    case "key":
      return caller.keyId;
    case "token":
      return caller.tokenHash;
  }
}

function tellLimit(
  { tell }: Arrival,
  { burst }: RateLimit,
  { remaining, fullInMs, nextInMs, isAllowed }: Taken,
  now: number,
) {
  tell("x-ratelimit-limit", String(burst));
  tell("x-ratelimit-remaining", String(remaining));
  tell("x-ratelimit-reset", String(now + fullInMs));
  if (!isAllowed) tell("retry-after", String(Math.ceil(nextInMs / 1_000)));
}

function rateLimited({ burst, perSecond }: RateLimit, who: string): PerdureError {
  return perdureError("RATE_LIMITED", { who, burst, perSecond });
}

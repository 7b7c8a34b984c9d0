/**
 * A request of a run's code to undici, as an effect of the run.
 */
import { outsideRuns } from "../context.ts";
import type { Effects, Exchange, Sending } from "../effects/effects.ts";
import { giveUpBody, MAX_REQUEST_BODY_BYTES, type RequestBody, readBody, takeBody } from "./request-body.ts";
import { holdStackOfCaller } from "./stack-of-caller.ts";
import { CodeSide } from "./undici-code-side.ts";
import type { Dispatch, DispatchHandler, DispatchOptions } from "./undici-dispatcher.ts";
import { areUsedUpByReading, listRequestHeaders } from "./undici-headers.ts";
import { makeTransport } from "./undici-transport.ts";

export interface RunRequest {
  readonly effects: Effects;
  /** Absolute. */
  readonly url: string;
  readonly opts: DispatchOptions;
  readonly handler: DispatchHandler;
  /** Of whichever dispatcher was asked. */
  readonly dispatch: OmitThisParameter<Dispatch>;
}

/**
 * What the code waits for. Undici's `fetch` knows the signal of whoever called it by a weak reference only, and lives by being
 * held by a connection; without one it would be collected with the request, and an abort would be lost. So a run that lives
 * holds its requests.
 */
const underWay = new WeakMap<Effects, Set<CodeSide>>();

/** The handler hears of the start at once, so that the code may abort from here on; undici itself tells of it as early. */
export function requestAsEffect({ effects, url, opts, handler, dispatch }: RunRequest): void {
  const code = new CodeSide(handler, underWayOf(effects));
  const headers = listRequestHeaders(opts.headers);
  const sendable = areUsedUpByReading(opts.headers) ? headers : opts.headers;
  const send = (body: unknown, hearer: Exchange["hearer"]): Sending => {
    const transport = makeTransport(handler, hearer);
    try {
      outsideRuns(() => dispatch({ ...withoutHooks(opts), headers: sendable, body }, transport));
    } catch (error) {
      transport.abort();
      hearer.fail(error instanceof Error ? error : new Error(String(error), { cause: error }));
    }
    return transport;
  };

  const begin = (body: RequestBody, calledAt: CalledAt): Sending => {
    if (body.isLong) {
      const { stack = "" } = calledAt();
      effects.unrecorded({ kind: "a long request", what: describeLong(opts.method, url), stack });
      return send(body.again, code);
    }
    return effects.request({
      request: {
        method: opts.method.toUpperCase(),
        url,
        headers: withContentType(headers, body.contentType),
        body: body.bytes,
      },
      send: (hearer) => send(body.again, hearer),
      hearer: code,
    });
  };

  const beginIfWanted = (body: RequestBody, calledAt: CalledAt) => {
    if (code.isOver) return;
    try {
      code.attach(begin(body, calledAt));
    } catch (error) {
      code.fail(error);
    }
  };

  code.attach(readingOf(opts.body));
  code.start();
  if (code.isOver) return;
  const atHand = takeBody(opts.body);
  if (atHand !== undefined) {
    beginIfWanted(atHand, () => holdStackOfCaller(requestAsEffect));
    return;
  }
  const calledAt = holdStackOfCaller(requestAsEffect);
  readBody(opts.body).then(
    (body) => beginIfWanted(body, () => calledAt),
    (error) => code.fail(error),
  );
}

/** Few requests need it, and to take it was a fifth of what it took to replay one. */
type CalledAt = () => { readonly stack?: string };

function underWayOf(effects: Effects): Set<CodeSide> {
  const known = underWay.get(effects) ?? new Set();
  underWay.set(effects, known);
  return known;
}

/** While the body is read there is nothing else to abort. */
function readingOf(body: unknown): Sending {
  return { abort: (reason) => giveUpBody(body, reason), pause() {}, resume() {} };
}

/**
 * Undici 8 hands its queues a hook, under a symbol of its own, with which they put their way to abort into the code's handler.
 * There the way is ours.
 */
function withoutHooks(opts: DispatchOptions): DispatchOptions {
  const copy: Record<PropertyKey, unknown> = { ...opts };
  for (const symbol of Object.getOwnPropertySymbols(copy)) {
    if (typeof copy[symbol] === "function") delete copy[symbol];
  }
  return copy as unknown as DispatchOptions;
}

function withContentType(headers: readonly string[], contentType: string | undefined): readonly string[] {
  const hasOne = headers.some((name, at) => at % 2 === 0 && name.toLowerCase() === "content-type");
  return contentType === undefined || hasOne ? headers : [...headers, "content-type", contentType];
}

/** Without the query, which may hold a signature. */
function describeLong(method: string, url: string): string {
  const limit = `${MAX_REQUEST_BODY_BYTES / 1024 / 1024} MB`;
  return `an HTTP request with a body of more than ${limit} (${method} ${url.split("?", 1)[0]})`;
}

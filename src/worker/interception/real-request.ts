import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders, RequestOptions } from "node:http";
import { outsideRuns } from "../context.ts";
import type { Hearer, Sending } from "../effects/effects.ts";
import type { HttpCall } from "./http-call.ts";
import { valuesOf, type WireHead } from "./request-bytes.ts";

/** What the code's request wrote, and how it was asked for. */
export interface WrittenRequest {
  readonly call: HttpCall;
  /** The request that the code holds. */
  readonly request: ClientRequest;
  readonly head: WireHead;
}

/** Headers that Node adds by itself where they are missing. */
const ADDED_BY_NODE = ["connection", "content-length", "transfer-encoding"] as const;

/**
 * Opens a request over a real connection like one that the code wrote: with the code's agent, TLS options, lookup and whatever
 * else it asked for, and with the headers that the code's request had in the end.
 *
 * @throws What Node throws for options that it looks at only when it connects, such as a port out of range.
 */
export function openRealRequest({ call, request, head }: WrittenRequest): ClientRequest {
  const real = outsideRuns(() => call.make(realOptions(call.options, request, head), undefined));
  if (!real.headersSent) {
    for (const name of ADDED_BY_NODE) if (valuesOf(head.headers, name).length === 0) real.removeHeader(name);
  }
  if (request.maxHeadersCount !== null) real.maxHeadersCount = request.maxHeadersCount;
  return real;
}

function realOptions(options: RequestOptions, request: ClientRequest, head: WireHead): RequestOptions {
  // Without a signal: when the code aborts, it is told by its own request.
  const { signal: _, auth: __, ...rest } = options;
  const hasHost = valuesOf(head.headers, "host").length > 0;
  return {
    ...rest,
    method: request.method,
    path: request.path,
    headers: headersOf(request, options.headers),
    ...(hasHost ? {} : { setHost: false }),
  };
}

/**
 * Headers as they were set, so that an agent may still change them before they are sent, as agents of HTTP proxies do. Those
 * that were given as a list cannot be changed by anybody; Node sends them as they are.
 */
function headersOf(request: ClientRequest, asked: RequestOptions["headers"]): RequestOptions["headers"] {
  if (Array.isArray(asked)) return [...asked];
  const headers: OutgoingHttpHeaders = Object.create(null);
  for (const name of request.getRawHeaderNames()) headers[name] = request.getHeader(name);
  return headers;
}

/** Tells a hearer what comes back to a request. */
export function relay(real: ClientRequest, hearer: Hearer): Sending {
  let response: IncomingMessage | undefined;
  let broken: Error | undefined;
  let isOver = false;
  const fail = (error: Error) => {
    if (isOver) return;
    isOver = true;
    hearer.fail(error);
  };
  real.on("error", (error) => {
    // After the head the response is told as well, once what came before was read.
    if (response === undefined) fail(error);
    else broken ??= error;
  });
  real.on("response", (message) => {
    if (isOver) return;
    response = message;
    const { statusCode = 0, statusMessage = "", rawHeaders } = message;
    message.on("error", (error) => fail(broken ?? error));
    message.on("data", (bytes: Buffer) => {
      if (!isOver && !hearer.chunk(bytes)) message.pause();
    });
    message.on("end", () => {
      if (isOver) return;
      isOver = true;
      hearer.end();
    });
    hearer.head({ status: statusCode, statusText: statusMessage, headers: rawHeaders });
  });
  return {
    abort: () => {
      isOver = true;
      real.destroy();
    },
    pause: () => void response?.pause(),
    resume: () => void response?.resume(),
  };
}

/** Makes a request whose body is known and tells a hearer what comes of it. */
export function sendForReal(
  written: WrittenRequest,
  body: Buffer,
  trailers: readonly [string, string][],
  hearer: Hearer,
): Sending {
  return outsideRuns(() => {
    let real: ClientRequest;
    try {
      real = openRealRequest(written);
    } catch (error) {
      process.nextTick(() => hearer.fail(error as Error));
      return { abort: () => {}, pause: () => {}, resume: () => {} };
    }
    const sending = relay(real, hearer);
    if (trailers.length > 0) real.addTrailers(trailers);
    if (body.length > 0) real.end(body);
    else real.end();
    return sending;
  });
}

import { defined } from "../../core/defined.ts";
import { type Duration, parseDuration } from "../../core/duration.ts";
import { perdureError } from "../../core/errors.ts";
import type { RunStatus } from "../../core/run-state.ts";
import type { ListRequest } from "../../protocol/client-calls.ts";
import { API_STATUSES, type ApiStatus } from "./present-run.ts";

/** Which runs may have each of the API's statuses; which of them do is seen when they are read. */
const STATUSES: Readonly<Record<ApiStatus, readonly RunStatus[]>> = {
  DELAYED: ["queued"],
  QUEUED: ["queued"],
  EXECUTING: ["executing", "queued"],
  WAITING: ["waiting"],
  COMPLETED: ["completed"],
  CANCELED: ["canceled"],
  FAILED: ["failed"],
  CRASHED: ["failed"],
  EXPIRED: ["failed"],
  TIMED_OUT: ["failed"],
};

export const LIST_PARAMETERS = [
  "filter[status]",
  "filter[taskIdentifier]",
  "filter[tag]",
  "filter[batch]",
  "filter[queue]",
  "filter[createdAt][from]",
  "filter[createdAt][to]",
  "filter[createdAt][period]",
  "page[size]",
  "page[after]",
] as const;
const KNOWN: ReadonlySet<string> = new Set(LIST_PARAMETERS);

export interface AcceptedList {
  readonly request: ListRequest;
  /** A page may hold fewer runs than asked for: those of it that have none of these statuses are left out. */
  readonly statuses: ReadonlySet<ApiStatus> | undefined;
}

/**
 * The filters and the page of `GET /api/v1/runs`.
 *
 * @throws {PerdureError} `OPTION_UNSUPPORTED` for a filter that would not filter, `OPTION_INVALID`, `DURATION_INVALID`.
 */
export function acceptList(query: URLSearchParams, now: number): AcceptedList {
  for (const name of query.keys())
    if (!KNOWN.has(name)) throw perdureError("OPTION_UNSUPPORTED", { what: "The list of runs", option: name });
  const statuses = statusesIn(query);
  const tags = listIn(query, "filter[tag]");
  if (tags !== undefined && tags.length > 1) refuse("filter[tag] takes one tag");
  const period = query.get("filter[createdAt][period]") || undefined;
  const from = numberIn(query, "filter[createdAt][from]");
  const request = defined({
    limit: numberIn(query, "page[size]") ?? 25,
    after: query.get("page[after]") || undefined,
    statuses: statuses === undefined ? undefined : [...new Set([...statuses].flatMap((status) => STATUSES[status]))],
    tasks: listIn(query, "filter[taskIdentifier]"),
    queues: listIn(query, "filter[queue]"),
    tag: tags?.[0],
    batchId: query.get("filter[batch]") || undefined,
    createdFrom: period === undefined ? from : Math.max(from ?? 0, now - parseDuration(period as Duration, "period")),
    createdTo: numberIn(query, "filter[createdAt][to]"),
  });
  return { request, statuses };
}

function statusesIn(query: URLSearchParams): ReadonlySet<ApiStatus> | undefined {
  const named = listIn(query, "filter[status]");
  const unknown = named?.find((status) => !(API_STATUSES as readonly string[]).includes(status));
  if (unknown !== undefined) refuse(`filter[status] has no ${unknown}; there are ${API_STATUSES.join(", ")}`);
  return named === undefined ? undefined : new Set(named as ApiStatus[]);
}

function listIn(query: URLSearchParams, name: string): string[] | undefined {
  const parts = query
    .getAll(name)
    .flatMap((text) => text.split(","))
    .filter((part) => part !== "");
  return parts.length === 0 ? undefined : parts;
}

const LIST = "The list of runs";

export function numberIn(query: URLSearchParams, name: string, what: string = LIST): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  const number = Number(text);
  if (!Number.isInteger(number)) refuse(`${name} must be a whole number`, what);
  return number;
}

function refuse(problem: string, what: string = LIST): never {
  throw perdureError("OPTION_INVALID", { what, problem });
}

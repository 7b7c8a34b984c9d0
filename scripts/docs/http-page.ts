import { LIMITS } from "../../src/core/limits.ts";
import { ROUTES } from "../../src/protocol/routes.ts";
import { LIST_PARAMETERS } from "../../src/server/http/accept-list.ts";
import { TRIGGER_OPTIONS } from "../../src/server/http/accept-trigger.ts";
import { API_STATUSES } from "../../src/server/http/present-run.ts";

const OTHERS = [
  ["GET /api/v1/runs/:runId/result", "The outcome of a final run; 404 before."],
  ["GET /api/v1/runs/:runId/metadata", "The run's metadata."],
  ["GET /healthz", "The process answers. Needs no key."],
  ["GET /readyz", "The node does its work; otherwise 503 with the reasons. Needs no key."],
  ["GET /metrics", "What Prometheus reads."],
] as const;

/** What can be asked over HTTP, read off the tables that answer it. */
export function httpPage(): string {
  const rows = [
    ...Object.values(ROUTES).map(({ method, path, does }) => [`${method} ${path}`, does] as const),
    ...OTHERS,
  ];
  return `# HTTP API

<!-- Generated from src/protocol/routes.ts and src/server/http by npm run docs:gen. -->

Paths and shapes are those of Trigger.dev's API, version 2025-07-16, so its SDK can be pointed at Perdure. Each request carries the
header \`Authorization: Bearer <secret key>\`. Bodies are JSON.

| Route | Does |
| --- | --- |
${rows.map(([route, does]) => `| \`${route}\` | ${does} |`).join("\n")}

## Triggering

The body is \`{ "payload": …, "options": { … } }\`; the payload has at most ${LIMITS.valueCharacters.toLocaleString("en")} characters as JSON. Options:
${list(TRIGGER_OPTIONS)}. Any other option is refused with \`OPTION_UNSUPPORTED\`, since it would have to be ignored.

## Listing

Parameters: ${list(LIST_PARAMETERS)}. A page may hold fewer runs than asked for and still have a next one.

## Statuses

${list(API_STATUSES)}. A run between two attempts is \`EXECUTING\`.

## Errors

An error is \`{ "error": "<what happened and what to do>", "code": "<stable code>" }\` with the HTTP status of its code; see
[errors](errors.md).
`;
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

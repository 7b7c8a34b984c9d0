import { LIMITS } from "../../src/core/limits.ts";
import { ROUTES } from "../../src/protocol/routes.ts";
import { ACCESS } from "../../src/server/access.ts";
import { LIST_PARAMETERS } from "../../src/server/http/accept-list.ts";
import { TRIGGER_OPTIONS } from "../../src/server/http/accept-trigger.ts";
import { LINK_MINUTES } from "../../src/server/http/packet-links.ts";
import { API_STATUSES } from "../../src/server/http/present-run.ts";

const OTHERS = [
  ["GET /api/v1/runs/:runId/result", "The outcome of a final run; 404 before.", "a token that may read the run"],
  ["GET /api/v1/runs/:runId/metadata", "The run's metadata.", "a token that may read the run"],
  [
    "POST /api/v2/tasks/batch",
    "A batch with all its items: `{ items: [{ task, payload, options }] }`.",
    "a secret key",
  ],
  [
    "PUT /api/v2/packets/:name",
    "An address to upload a value to, and the name to trigger with: `{ presignedUrl, storagePath }`.",
    "a secret key",
  ],
  ["GET /api/v1/packets/:name", "An address to fetch an uploaded value from, by its `storagePath`.", "a secret key"],
  [
    "GET /api/v1/runs/:runId/packets/:field",
    "An address to fetch the run's `payload` or `output` from.",
    "a token that may read the run",
  ],
  ["POST /api/v1/auth/jwt/claims", "What a public token says that a client signs by itself.", "a secret key"],
  ["GET /healthz", "The process answers.", "nothing"],
  ["GET /readyz", "The node does its work; otherwise 503 with the reasons.", "nothing"],
  ["GET /metrics", "What Prometheus reads.", "a secret key"],
] as const;

/** What a caller has to show at least. */
const TAKES: Readonly<Record<(typeof ACCESS)[keyof typeof ACCESS]["by"], string>> = {
  root: "the root key",
  "secret key": "a secret key",
  admin: "a secret key",
  scope: "a token with its scope",
  run: "a token that may read the run",
};

/** What can be asked over HTTP, read off the tables that answer it. */
export function httpPage(): string {
  const rows = [
    ...Object.entries(ROUTES).map(
      ([name, { method, path, does }]) =>
        [`${method} ${path}`, does, TAKES[ACCESS[name as keyof typeof ACCESS].by]] as const,
    ),
    ...OTHERS,
  ];
  return `# HTTP API

<!-- Generated from src/protocol/routes.ts, src/server/access.ts and src/server/http by npm run docs:gen. -->

Paths and shapes are those of Trigger.dev's API, version 2025-07-16, so its SDK can be pointed at Perdure. Each request carries the
header \`Authorization: Bearer <secret key or public token>\`. Bodies are JSON. See [asking over HTTP](guides/http.md) for keys, tokens and
their scopes, pages and limits.

| Route | Does | Takes at least |
| --- | --- | --- |
${rows.map(([route, does, takes]) => `| \`${route}\` | ${does} | ${takes} |`).join("\n")}

## Triggering

The body is \`{ "payload": …, "options": { … } }\`; the payload has at most ${LIMITS.valueCharacters.toLocaleString("en")} characters as JSON. Options:
${list(TRIGGER_OPTIONS)}. Any other option is refused with \`OPTION_UNSUPPORTED\`, since it would have to be ignored.

An upload is sent with \`PUT\` to the address, without the key, within ${LINK_MINUTES} minutes, as \`application/super+json\`,
\`application/json\` or \`text/plain\`; it has the same limit. The run is then triggered with its \`storagePath\` as payload and
\`payloadType: "application/store"\`. What no run names within the hour is deleted. A payload or output of
${LIMITS.inlineCharacters.toLocaleString("en")} characters and more is answered as \`payloadPresignedUrl\` or \`outputPresignedUrl\`: fetch it there.

## Batches

A batch of at most ${LIMITS.batchItems.toLocaleString("en")} items is announced and then filled: the items are lines of JSON (\`application/x-ndjson\`, ${LIMITS.batchCharacters.toLocaleString("en")} bytes at
most), in any order, and no run starts before the last of them is there. While \`sealed\` is false the same lines may be sent again:
an item whose \`index\` is there is passed over. A line that cannot be taken is named in the error, and those before it stay. Items
that do not come within the hour are given up with their batch.

## Repeats

A \`POST\` or \`PUT\` whose answer was lost is sent again with the same header \`x-trigger-request-idempotency-key\` (Trigger.dev's SDK
does so by itself): it finds what the first one made, and makes nothing more.

## Listing

Parameters: ${list(LIST_PARAMETERS)}. A page may hold fewer runs than asked for and still have a next one.

The events of a run and the entries of its journal are paged by \`page[size]\` and \`page[after]\` too. The journal takes \`journal=<n>\` for an
earlier one, and \`values=true\`.

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

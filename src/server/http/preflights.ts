import type { Hono } from "hono";
import { type ClientCalls, ROUTES } from "../../protocol/index.ts";
import { isForTokens } from "../access.ts";
import { checkHost } from "../check-origin.ts";
import { preflightResponse } from "./cors.ts";
import type { Surroundings } from "./surroundings.ts";

const OTHER_PATHS_FOR_TOKENS = [
  "/api/v1/runs/:runId/result",
  "/api/v1/runs/:runId/metadata",
  "/api/v1/runs/:runId/packets/:field",
];

/** Asked by browsers before a page's request, without the token that it will show. */
export function answerPreflights(app: Hono<Surroundings>, hosts: readonly string[]): void {
  const paths = new Map<string, string[]>();
  for (const name of Object.keys(ROUTES) as (keyof ClientCalls)[]) {
    const { method, path } = ROUTES[name];
    if (isForTokens(name)) paths.set(path, [...(paths.get(path) ?? []), method]);
  }
  for (const path of OTHER_PATHS_FOR_TOKENS) paths.set(path, [...(paths.get(path) ?? []), "GET"]);
  for (const [path, methods] of paths) {
    app.options(path, ({ req }) => {
      checkHost(req.header("host") ?? "", hosts);
      return preflightResponse(methods);
    });
  }
}

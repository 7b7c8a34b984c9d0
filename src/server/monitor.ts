import type { Env } from "../core/env.ts";
import type { Engine, Survey } from "../engine/index.ts";
import type { NodeStatus } from "../protocol/index.ts";
import type { CrewReport } from "./crew-report.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { nodeStatus } from "./node-status.ts";
import { createReadiness, type Readiness } from "./readiness.ts";

/** A node, seen by those who look after it. */
export interface Monitor extends Readiness {
  status(): Promise<NodeStatus>;
  /** For Prometheus. `undefined` where nothing is counted. */
  metricsText(): Promise<string | undefined>;
  /** What is told of each HTTP request. */
  readonly onRequest: Metrics["onRequest"];
}

export interface MonitorOptions {
  readonly env: Env;
  readonly engine: Pick<Engine, "takeSurvey" | "checkStore">;
  readonly crew?: (() => CrewReport | undefined) | undefined;
  readonly metrics?: Metrics | undefined;
}

/** Several who read at once, or one that reads every second, cost one survey. */
const FRESH_MS = 5_000;

export function createMonitor({ env, engine, crew = () => undefined, metrics }: MonitorOptions): Monitor {
  const startedAt = env.now();
  const readiness = createReadiness({ env, engine, crew });
  let last: { readonly at: number; readonly survey: Promise<Survey | undefined> } | undefined;
  return {
    ...readiness,
    async status() {
      const [survey, problems] = await Promise.all([engine.takeSurvey(), readiness.problems()]);
      return nodeStatus(survey, { crew: crew(), startedAt, problems });
    },
    async metricsText() {
      return metrics?.text(await recentSurvey(), crew());
    },
    onRequest: (request) => metrics?.onRequest(request),
  };

  function recentSurvey(): Promise<Survey | undefined> {
    const now = env.monotonic();
    if (last === undefined || now - last.at >= FRESH_MS)
      last = { at: now, survey: engine.takeSurvey().catch(() => undefined) };
    return last.survey;
  }
}

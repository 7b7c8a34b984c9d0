/** The measurements by the name of their metric. */
import type { Findings, MetricName, Place } from "../metrics.ts";
import { drain } from "./drain.ts";
import { enqueueMany, enqueueSingly } from "./enqueue.ts";
import { measureLatency } from "./latency.ts";
import { recover } from "./recovery.ts";
import { runSteps } from "./steps.ts";
import { holdWaiting } from "./waiting.ts";

export const WORKLOADS: Readonly<Record<MetricName, (place: Place) => Promise<Findings>>> = {
  enqueue: enqueueSingly,
  "bulk-100": (place) => enqueueMany(place, 100),
  "bulk-1000": (place) => enqueueMany(place, 1_000),
  "drain-10": (place) => drain(place, 10),
  "drain-100": (place) => drain(place, 100),
  steps: runSteps,
  latency: measureLatency,
  recovery: recover,
  waiting: holdWaiting,
};

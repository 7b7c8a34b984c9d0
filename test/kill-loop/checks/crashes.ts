import { MAX_BARREN_LEASES } from "../../../src/core/poison.ts";
import type { Violation } from "../../../src/testing/sim/evidence.ts";
import { type CommittedEvent, type Evidence, eventsOf } from "../evidence.ts";
import { isCrash, type Lease, leasesOf } from "../leases.ts";

/** Their code takes processes down, or is kept from every entry by the loop. */
const GUILTY: ReadonlySet<string> = new Set(["poison", "hung", "glutton", "stuck", "overrunning"]);
/** From a kill until the line that says so. */
const SLACK_MS = 2_000;

/**
 * A run that does no harm is blamed for nothing but a process that it had to itself and that the loop killed, after one that
 * the loop killed before, so that each kill costs one run at most; or for several nodes in a row, each killed while it had the run.
 */
export function* checkCrashes(evidence: Evidence): Iterable<Violation> {
  const leases = leasesOf(evidence.events);
  const kills = evidence.lines.filter(({ kind }) => kind === "killed").map(({ at }) => at);
  for (const event of evidence.events) {
    const { runId } = event;
    if (!isCrash(event) || GUILTY.has(evidence.runs.get(runId)?.task ?? "")) continue;
    const own = (leases.get(runId) ?? []).filter(({ epoch }) => epoch <= event.epoch);
    if (!isExcused(event, own, kills)) yield broken(event, eventsOf(evidence, runId));
  }
}

function isExcused(event: CommittedEvent, leases: readonly Lease[], kills: number[]): boolean {
  const last = leases.at(-1);
  if (last === undefined) return false;
  const wasQuarantined = leases.at(-2)?.end === "run.quarantined";
  if (wasQuarantined && event.details?.includes("by SIGKILL")) return takeKill(kills, last.startedAt, event.at);
  const reaped = [...leases.slice(0, -1).filter(({ end }) => end === "run.reaped"), last].slice(-MAX_BARREN_LEASES);
  return reaped.length === MAX_BARREN_LEASES && reaped.every((lease) => hasKill(kills, lease, leases, event.at));
}

/** Its process was killed before the run was leased again, or blamed. */
function hasKill(
  kills: readonly number[],
  { epoch, startedAt }: Lease,
  leases: readonly Lease[],
  last: number,
): boolean {
  const until = leases.find((one) => one.epoch === epoch + 1)?.startedAt ?? last;
  return kills.some((at) => at >= startedAt && at <= until + SLACK_MS);
}

function takeKill(kills: number[], from: number, until: number): boolean {
  const place = kills.findIndex((at) => at >= from && at <= until + SLACK_MS);
  if (place >= 0) kills.splice(place, 1);
  return place >= 0;
}

function broken({ runId, kind, details = "" }: CommittedEvent, story: readonly CommittedEvent[]): Violation {
  const told = story.map((event) => event.kind).join(" ");
  return { promise: "no innocent run crashes", runId, problem: `${kind}: ${details.slice(0, 300)} after ${told}` };
}

/** Every promise that a loop broke. The lives of runs, their owners and attempts are checked by the checks of the simulator. */
import { checkAttempts } from "../../src/testing/sim/checks/attempts.ts";
import { checkLives } from "../../src/testing/sim/checks/lives.ts";
import { checkOwners } from "../../src/testing/sim/checks/owners.ts";
import { gatherEvidence, type Evidence as SimEvidence, type Violation } from "../../src/testing/sim/evidence.ts";
import { createHistory, type CommittedEvent as SimEvent } from "../../src/testing/sim/history.ts";
import { checkAlerts } from "./checks/alerts.ts";
import { checkBlobs } from "./checks/blobs.ts";
import { checkChanges } from "./checks/changes.ts";
import { checkChildren } from "./checks/children.ts";
import { checkComplaints } from "./checks/complaints.ts";
import { checkCrashes } from "./checks/crashes.ts";
import { checkEnds } from "./checks/ends.ts";
import { checkEntries } from "./checks/entries.ts";
import { checkKeys } from "./checks/keys.ts";
import { checkLimits } from "./checks/limits.ts";
import { checkRest } from "./checks/rest.ts";
import { checkSteps } from "./checks/steps.ts";
import { checkUndos } from "./checks/undos.ts";
import type { Evidence } from "./evidence.ts";

const SIMULATORS: readonly ((evidence: SimEvidence) => Iterable<Violation>)[] = [
  checkOwners,
  checkLives,
  checkAttempts,
];

/** The causes before what follows from them. */
const OURS: readonly ((evidence: Evidence) => Iterable<Violation>)[] = [
  checkEntries,
  checkLimits,
  checkKeys,
  checkSteps,
  checkUndos,
  checkChildren,
  checkChanges,
  checkAlerts,
  checkCrashes,
  checkEnds,
  checkRest,
  checkBlobs,
  checkComplaints,
];

export function checkAll(evidence: Evidence): readonly Violation[] {
  const asSimulated = toSimulated(evidence);
  return [...SIMULATORS.flatMap((check) => [...check(asSimulated)]), ...OURS.flatMap((check) => [...check(evidence)])];
}

/** The history as the simulator would have witnessed it, as far as a database tells of it: each event as a commit of its own. */
function toSimulated({ events, runs, lines }: Evidence): SimEvidence {
  const history = createHistory(false);
  for (const [i, event] of events.entries()) {
    history.commits.push({
      seq: i + 1,
      at: event.at,
      now: event.at,
      verb: "",
      actor: "",
      params: {},
      result: {},
      events: [{ ...event, workerId: event.workerId } as SimEvent],
      entries: [],
    });
  }
  for (const line of lines)
    if (line.kind === "accepted")
      history.accepted.push({ client: `client ${line.life}`, runId: line.run, isCached: false });
  return gatherEvidence(history, { runs: [...runs.values()], waitpoints: [], recordsLeft: [] }, true);
}

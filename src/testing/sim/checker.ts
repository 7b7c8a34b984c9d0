import { checkAnswers } from "./checks/answers.ts";
import { checkAttempts } from "./checks/attempts.ts";
import { checkChildren } from "./checks/children.ts";
import { checkFailures } from "./checks/failures.ts";
import { checkFences } from "./checks/fences.ts";
import { checkInnocence } from "./checks/innocence.ts";
import { checkIntents } from "./checks/intents.ts";
import { checkKeys } from "./checks/keys.ts";
import { checkLives } from "./checks/lives.ts";
import { checkLooks } from "./checks/looks.ts";
import { checkOutputs } from "./checks/outputs.ts";
import { checkOwners } from "./checks/owners.ts";
import { checkPauses } from "./checks/pauses.ts";
import { checkQueues } from "./checks/queues.ts";
import { checkRest } from "./checks/rest.ts";
import { checkSights } from "./checks/sights.ts";
import { checkSteps } from "./checks/steps.ts";
import { checkUndos } from "./checks/undos.ts";
import { checkWaits } from "./checks/waits.ts";
import { type Evidence, gatherEvidence, type Violation } from "./evidence.ts";
import type { FinalState, History } from "./history.ts";

/** One file for each promise, in the order in which a reader wants to hear of them: the causes before what follows from them. */
const CHECKS: readonly ((evidence: Evidence) => Iterable<Violation>)[] = [
  checkOwners,
  checkLives,
  checkAttempts,
  checkQueues,
  checkPauses,
  checkKeys,
  checkChildren,
  checkSteps,
  checkFences,
  checkIntents,
  checkAnswers,
  checkLooks,
  checkSights,
  checkOutputs,
  checkWaits,
  checkUndos,
  checkFailures,
  checkInnocence,
  checkRest,
];

/** Every promise that this history breaks. */
export function checkHistory(history: History, final: FinalState, isAtRest: boolean): readonly Violation[] {
  const evidence = gatherEvidence(history, final, isAtRest);
  return CHECKS.flatMap((check) => [...check(evidence)]);
}

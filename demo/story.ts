import { type Claim, reportOf } from "./claims.ts";
import { COUNTRY_COUNT, ROWS, SOURCE } from "./data-set.ts";
import { countEvents, type Evidence } from "./evidence.ts";
import { MOMENTS } from "./kill-plan.ts";
import type { LifeEnd } from "./live.ts";
import type { Execution, StepStory } from "./steps.ts";
import type { TraceLine } from "./trace.ts";

export function tellOpening({
  home,
  plannedSteps,
  kills,
}: {
  home: string;
  plannedSteps: number;
  kills: number;
}): void {
  say("Perdure demo: an import that is killed and goes on");
  say("");
  say(`Data    ${ROWS.length} regions of ${COUNTRY_COUNT} countries, from ${SOURCE}; one row is spoilt on purpose`);
  say(`Work    a parent run, a child run for each chunk, ${plannedSteps} steps, waits in parent and children`);
  say(`Danger  the worker process kills itself ${kills} times (SIGKILL) and is started again each time`);
  say(`Place   ${home}`);
  tellChapter("The import, killed");
}

export function tellChapter(title: string): void {
  say("");
  say(title);
}

/** One line for each process, as it ends. */
export function tellLife(
  { number, kill, signal, exitCode, complaints }: LifeEnd,
  trace: readonly TraceLine[],
  plannedSteps: number,
): void {
  const given = new Set(trace.flatMap((line) => (line.kind === "given" ? [line.step] : []))).size;
  const wasKilled = signal === "SIGKILL" && kill !== undefined;
  const end = wasKilled ? `killed ${MOMENTS[kill.moment]}` : `came to the end (exit code ${exitCode ?? signal})`;
  say(`  process ${number}  ${end.padEnd(68)}${String(given).padStart(3)} of ${plannedSteps} steps done`);
  if (complaints !== "") say(indented(`it complained:\n${complaints.trimEnd()}`, 13));
}

export function tellRecord(steps: readonly StepStory[], { imports, chunks }: Evidence): void {
  const runs = [...imports, ...chunks];
  const replayed = steps.reduce((sum, { givenCount, given }) => sum + givenCount - given.length, 0);
  tellChapter("What was recorded");
  say(`  ${steps.filter(({ given }) => given.length === 1).length} results of steps, ${runs.length} runs`);
  say(`  ${countEvents(runs, "run.parked")} times a run parked, ${countEvents(runs, "run.woken")} times one was woken`);
  say(`  ${countEvents(runs, "run.reaped")} times a run was taken over from a dead process`);
  say(`  ${replayed} times a recorded result was given to replayed code without executing its step again`);
}

export function tellRepeats(steps: readonly StepStory[]): void {
  tellChapter("What was repeated");
  const lost = steps.flatMap(({ step, executions }) =>
    executions.filter(({ wasLost }) => wasLost).map((execution) => ({ ...execution, step })),
  );
  for (const life of [...new Set(lost.map((execution) => execution.life))].sort((a, b) => a - b)) {
    const caught = lost.filter((execution) => execution.life === life);
    say(`  in flight when process ${life} was killed:`);
    tellCaught(
      "before the effect",
      caught.filter(({ hadEffect, threw }) => !hadEffect && !threw),
    );
    tellCaught(
      "after the effect, before the record",
      caught.filter(({ hadEffect, threw }) => hadEffect || threw),
    );
  }
  const failed = steps.filter(({ executions }) => executions.some(({ threw }) => threw));
  for (const { step, executions } of failed) {
    say(`  because it failed: ${step}, ${executions.filter(({ threw }) => threw).length} times`);
  }
}

export function tellClaims(claims: readonly Claim[], tookMs: number): void {
  tellChapter("Checked against run events, outputs, the table that the import wrote, and the log of its effects");
  for (const { says, isTrue } of claims) say(`  ${isTrue ? "true  " : "UNTRUE"}  ${says}`);
  const untrue = claims.filter(({ isTrue }) => !isTrue).length;
  say("");
  say(untrue === 0 ? `All ${claims.length} hold. ${seconds(tookMs)}.` : `Untrue: ${untrue} of ${claims.length}.`);
}

export function tellReport(evidence: Evidence): void {
  const report = reportOf(evidence);
  tellChapter("What the import returned");
  say(`  ${JSON.stringify(report)}`);
}

function tellCaught(place: string, caught: readonly (Execution & { readonly step: string })[]): void {
  if (caught.length === 0) return;
  const [first = "", ...others] = caught.map(({ step }) => step);
  const named = [first, ...others.map((step) => step.replace(/^rows /, ""))];
  say(`    ${place}: ${named.join(", ")}`);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s in all`;
}

function indented(text: string, columns: number): string {
  return text.replaceAll(/^/gm, " ".repeat(columns));
}

function say(line: string): void {
  console.log(line);
}

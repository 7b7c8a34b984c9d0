import { type Evidence, transitionOf, type Violation } from "../evidence.ts";

/** From the commit of a pause to that of its end nothing of a paused queue begins, and nothing at all while everything is paused. */
export function* checkPauses({ history, runs }: Evidence): Iterable<Violation> {
  const paused = new Map<string, number>();
  let everythingSince: number | undefined;
  for (const { seq, verb, params, events } of history.commits) {
    for (const event of events) {
      if (transitionOf(event) !== "lease") continue;
      const queue = runs.get(event.runId)?.queue ?? "";
      const since = everythingSince ?? paused.get(queue);
      if (since === undefined) continue;
      yield {
        promise: "a pause lets nothing begin",
        runId: event.runId,
        problem: `it began in commit ${seq}, and ${queue} is paused since commit ${since}`,
      };
    }
    if (verb === "pauseEnvironment") everythingSince ??= seq;
    if (verb === "resumeEnvironment") everythingSince = undefined;
    const name = String(params["name"]);
    if (verb === "pauseQueue" && !paused.has(name)) paused.set(name, seq);
    if (verb === "resumeQueue") paused.delete(name);
  }
}

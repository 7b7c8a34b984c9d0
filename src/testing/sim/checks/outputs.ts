import { decodeValue } from "../../../core/codec.ts";
import type { Run } from "../../../core/run.ts";
import { type Evidence, isDropped, type Story, type Violation } from "../evidence.ts";
import type { CommittedEntry } from "../history.ts";
import { operationsOf, programOf } from "../operations.ts";
import { type Came, type Operation, type Outcome, type Program, stepKeyOf } from "../program.ts";

/** A completed run returned what its program returns, given the results in its last journal. */
export function* checkOutputs({ runs, stories }: Evidence): Iterable<Violation> {
  for (const run of runs.values()) {
    const story = stories.get(run.id);
    if (run.status !== "completed" || story === undefined) continue;
    const output = run.output === undefined ? undefined : decodeValue(run.output);
    for (const problem of compareAll(programOf(run), output as Outcome, journalOf(run, story)))
      yield { promise: "the output follows from the journal", runId: run.id, problem };
    yield* checkNotes(run);
  }
}

interface Journal {
  /** Value of a recorded step, as text. */
  step(key: string): string | undefined;
  /** Place of the first entry of these kinds whose key begins so. */
  seqOf(operation: Operation): number | undefined;
}

function journalOf({ journal }: Run, story: Story): Journal {
  const all = new Map(story.entries.map(({ entry }) => [entry.seq, entry]));
  const steps = new Map<string, CommittedEntry>();
  for (const written of story.entries) {
    const { entry } = written;
    const isHere = entry.journal === journal && !isDropped(story, written, Number.POSITIVE_INFINITY);
    if (isHere && entry.kind === "step") steps.set(entry.key, entry);
  }
  return {
    step(key) {
      const entry = steps.get(key);
      const { result } = (entry?.keptSeq === undefined ? entry : all.get(entry.keptSeq)) ?? {};
      return entry?.outcome === "completed" && result !== undefined ? String(decodeValue(result)) : undefined;
    },
    seqOf: (operation) =>
      operation.op === "step" ? steps.get(stepKeyOf(operation.at, operation.key))?.seq : undefined,
  };
}

function* compareAll(program: Program, outcome: Outcome, journal: Journal): Iterable<string> {
  if (!Array.isArray(outcome) || outcome.length !== program.length) {
    yield `it returned ${JSON.stringify(outcome)} of ${program.length} operations`;
    return;
  }
  for (const [i, operation] of program.entries()) yield* compare(operation, outcome[i] as Came, journal);
}

function* compare(operation: Operation, came: Came, journal: Journal): Iterable<string> {
  const { at } = operation;
  if (came.at !== at) yield `at ${at} it returned what belongs to ${came.at}`;
  switch (operation.op) {
    case "step":
    case "fire in step": {
      const recorded = journal.step(stepKeyOf(at, operation.op === "step" ? operation.key : undefined));
      if (!("step" in came) || came.step !== recorded)
        yield `at ${at} the journal has ${recorded}, not ${JSON.stringify(came)}`;
      return;
    }
    case "child":
    case "batch":
      if (!("children" in came)) yield `at ${at} there are no children: ${JSON.stringify(came)}`;
      return;
    case "all":
      if (!("branches" in came)) yield `at ${at} there are no branches: ${JSON.stringify(came)}`;
      else
        for (const [i, branch] of operation.branches.entries())
          yield* compareAll(branch, came.branches[i] ?? [], journal);
      return;
    case "race":
      if ("won" in came) yield* compareRace(operation.branches, came, journal);
      else yield `at ${at} nobody won: ${JSON.stringify(came)}`;
      return;
    case "stream":
      if ("came" in came) yield* compareAll(operation.body, came.came as Outcome, journal);
      else yield `at ${at} nothing came of its body: ${JSON.stringify(came)}`;
      return;
    case "try":
      if ("tried" in came) yield* compareAll(operation.body, came.tried, journal);
      return;
    default:
      return;
  }
}

/** Among steps, the one that was recorded first. */
function* compareRace(
  branches: Program,
  { at, won, came }: Extract<Came, { readonly won: number }>,
  journal: Journal,
): Iterable<string> {
  const winner = branches[won];
  if (winner === undefined) return;
  yield* compare(winner, came, journal);
  const place = journal.seqOf(winner);
  for (const [i, branch] of branches.entries()) {
    const other = journal.seqOf(branch);
    if (place !== undefined && other !== undefined && other < place)
      yield `at ${at} branch ${won} won although branch ${i} was recorded before it`;
  }
}

/** Changes of the metadata are made again by each replay, and count once all the same. */
function* checkNotes(run: Run): Iterable<Violation> {
  const operations = operationsOf(run);
  // A replayed run begins with the metadata that the first one ended with.
  if (run.journal > 1 || run.replayOfRunId !== undefined || operations.some(({ op }) => op === "try")) return;
  const expected = operations.filter(({ op }) => op === "note").length;
  const { notes = 0 } = JSON.parse(run.metadata ?? "{}") as { notes?: number };
  if (notes !== expected)
    yield { promise: "metadata", runId: run.id, problem: `its metadata counts ${notes} notes of ${expected}` };
}

import { isFinal } from "../../../core/run-state.ts";
import type { CreatedRun, NewRun, StoreWrites } from "../../store.ts";
import { insert } from "./insert.ts";
import { planAppend, write } from "./journal.ts";
import { holds, lost, type Model } from "./state.ts";

type Params = Parameters<StoreWrites["createRuns"]>[0];
type Result = ReturnType<StoreWrites["createRuns"]>;
type Parent = NonNullable<Params["parent"]>;

export function createRuns(m: Model, p: Params): Result {
  if (p.parent !== undefined) return createChildren(m, p, p.parent);
  if (isPayloadGone(m, p.runs)) return { refused: "not-found" };
  return { created: admit(m, p) };
}

function createChildren(m: Model, p: Params, parent: Parent): Result {
  const run = m.runs.get(parent.runId);
  if (run === undefined) return lost;
  const earlier = findEarlier(m, p, parent);
  if (!holds(run, parent)) return earlier ?? lost;
  const plan = planAppend(m, run, parent.epoch, parent.append);
  if (plan === "misfit") return (parent.append.entries.length === 0 ? earlier : undefined) ?? lost;
  if (earlier !== undefined) {
    write(m, run, plan, parent.append, { ...p, ...parent });
    return earlier;
  }
  if (isPayloadGone(m, p.runs)) return { refused: "not-found" };
  const created = admit(m, p);
  write(m, run, plan, parent.append, { ...p, ...parent });
  if (parent.triggerKey !== undefined) {
    const result = JSON.stringify(created.map(({ id, isCached }, i) => ({ id, task: p.runs[i]?.task, isCached })));
    const entry = { kind: "trigger", key: parent.triggerKey, outcome: "completed", result } as const;
    write(m, run, "new", { firstSeq: run.entrySeq + 1, entries: [entry], waitpoints: [] }, { ...p, ...parent });
  }
  if (parent.waitpoint === undefined) return { created };
  const remaining = created.filter(({ status }) => !isFinal(status)).length;
  const { id, entryKey } = parent.waitpoint;
  const completion =
    remaining === 0 ? ({ status: "completed", completedAt: p.now } as const) : ({ status: "pending" } as const);
  const waitpoint = {
    id,
    entryKey,
    runId: run.id,
    journal: run.journal,
    kind: "children",
    remaining,
    createdAt: p.now,
    ...completion,
  } as const;
  m.waitpoints.set(id, waitpoint);
  m.children.set(id, created);
  return { created, waitpoint: { ...waitpoint } };
}

/** With the lease: the waitpoint of this entry key in the current journal. Without: this very call's own. */
function findEarlier(m: Model, p: Params, parent: Parent): Result | undefined {
  const run = m.runs.get(parent.runId);
  const isHolder = holds(run, parent);
  if (parent.waitpoint !== undefined) {
    const { id, entryKey } = parent.waitpoint;
    const found = [...m.waitpoints.values()].find(
      (one) =>
        one.runId === parent.runId &&
        (isHolder ? one.journal === run.journal && one.entryKey === entryKey : one.id === id),
    );
    return found && { created: withStatus(m, m.children.get(found.id) ?? []), waitpoint: { ...found } };
  }
  if (parent.triggerKey !== undefined) {
    const entry = m.entries.get(parent.runId)?.[parent.append.firstSeq + parent.append.entries.length - 1];
    if (entry?.kind !== "trigger" || entry.key !== parent.triggerKey || entry.epoch !== parent.epoch) return undefined;
    return { created: withStatus(m, JSON.parse(entry.result as string)) };
  }
  const areThere = p.runs.length > 0 && p.runs.every(({ id }) => m.runs.has(id));
  return isHolder || !areThere
    ? undefined
    : {
        created: withStatus(
          m,
          p.runs.map(({ id }) => ({ id, isCached: false })),
        ),
      };
}

function isPayloadGone(m: Model, runs: readonly NewRun[]): boolean {
  return runs.some(({ id, payloadOf }) => !m.runs.has(id) && payloadOf !== undefined && !m.runs.has(payloadOf));
}

function admit(m: Model, p: Params): readonly CreatedRun[] {
  const known = new Set(p.runs.map(({ id }) => id).filter((id) => m.runs.has(id)));
  const admitted = p.runs.map((run) => {
    if (known.has(run.id)) return { id: run.id, isCached: false };
    const owner = ownerOf(m, run, p.now);
    if (owner === run.id) insert(m, run, p);
    return { id: owner, isCached: owner !== run.id };
  });
  return withStatus(m, admitted);
}

/** Who has the run's idempotency key after this. */
function ownerOf(m: Model, { id, task, idempotencyKey, idempotentUntil }: NewRun, now: number): string {
  if (idempotencyKey === undefined) return id;
  const name = JSON.stringify([task, idempotencyKey]);
  const held = m.keys.get(name);
  const isTaken =
    held !== undefined && (held.until ?? Number.POSITIVE_INFINITY) > now && m.runs.get(held.runId)?.status !== "failed";
  if (!isTaken) m.keys.set(name, { runId: id, until: idempotentUntil });
  return m.keys.get(name)?.runId as string;
}

function withStatus(
  m: Model,
  children: readonly { readonly id: string; readonly isCached: boolean }[],
): readonly CreatedRun[] {
  return children.map(({ id, isCached }) => ({ id, isCached, status: m.runs.get(id)?.status ?? "completed" }));
}

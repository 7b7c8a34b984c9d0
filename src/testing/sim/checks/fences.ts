import { type Evidence, type Story, transitionOf, type Violation } from "../evidence.ts";

/**
 * Requests are made, and steps begun, by whoever has the run: none while it is parked, no request by code that is only listened to. What code has
 * asked and does not wait for may leave when it has returned.
 */
export function* checkFences({ stories }: Evidence): Iterable<Violation> {
  for (const story of stories.values()) {
    yield* checkLeases(story);
    yield* checkParked(story);
  }
}

function* checkLeases(story: Story): Iterable<Violation> {
  for (const { kind, place, epoch, afterCommit, worker } of story.deeds) {
    if (kind !== "sent" && kind !== "step") continue;
    const lease = story.leases.find((one) => one.epoch === epoch);
    const what = `${worker} began the ${kind === "sent" ? "request" : kind} ${place} (epoch ${epoch})`;
    const hasReturned = story.events.some(
      ({ event, commit }) => commit.seq === lease?.to && transitionOf(event) === "complete",
    );
    if (lease === undefined) yield broken(story, `${what} without a lease`);
    else if (lease.to <= afterCommit && !hasReturned)
      yield broken(story, `${what} after its lease had ended in commit ${lease.to}`);
    else if (lease.isUndoing) yield broken(story, `${what} while undoing`);
  }
}

/** What is under way when a run parks would come back to nobody. */
function* checkParked(story: Story): Iterable<Violation> {
  for (const { event, commit } of story.events) {
    if (transitionOf(event) !== "park") continue;
    const own = story.deeds.filter(({ epoch, afterCommit }) => epoch === event.epoch && afterCommit < commit.seq);
    for (const { kind, place, execution } of own) {
      const isOver = own.some(
        (other) => other.kind === "heard" && other.place === place && other.execution === execution,
      );
      if (kind === "sent" && !isOver)
        yield broken(story, `it parked in commit ${commit.seq} while its request ${place} was under way`);
    }
  }
}

function broken({ runId }: Story, problem: string): Violation {
  return { promise: "requests belong to a lease", runId, problem };
}

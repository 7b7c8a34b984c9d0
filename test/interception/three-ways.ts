/** Does the same without interception, recorded, and replayed in several ways with the server gone. */
import { expect } from "vitest";
import { inScope, type WorkerScope } from "../../src/worker/context.ts";
import type { Effects } from "../../src/worker/effects/effects.ts";
import type { TestServer } from "./http-server.ts";
import { type Grouping, type Pace, RecordingTape, ReplayingTape } from "./http-tape.ts";

/** Runs code as that of a run with these effects. */
export function asRun<Result>(effects: Effects, code: () => Result): Result {
  return inScope({ effects } as unknown as WorkerScope, code);
}

const REPLAYS: readonly (readonly [Pace, Grouping])[] = [
  ["at once", "as recorded"],
  ["in turns", "as recorded"],
  ["in turns", "together"],
  ["at once", "in pieces"],
];

/**
 * Expects that code outside of a run, code that is recorded, and code that is replayed while the server is closed come to the
 * same outcome; that the server sees the same of the first two, to the spelling of the heads; and that it sees nothing else.
 *
 * @param code - Comes to an outcome that can be compared.
 * @returns The outcome.
 */
export async function threeWays<Outcome>(start: () => Promise<TestServer>, code: (url: string) => Promise<Outcome>) {
  const server = await start();
  const plain = await code(server.url);
  const seenPlain = server.seen.splice(0);
  const tape = new RecordingTape();
  const recorded = await asRun(tape, () => code(server.url));
  const seenRecorded = server.seen.splice(0);
  await server.close();
  expect(recorded).toEqual(plain);
  // What was given up may or may not have arrived by then.
  if (!tape.entries.some(({ isAborted }) => isAborted)) {
    expect(withoutBoundaries(seenRecorded)).toEqual(withoutBoundaries(seenPlain));
  }
  expect(tape.entries.length).toBeGreaterThanOrEqual(seenRecorded.length);
  expect(tape.unrecordedEffects).toEqual([]);
  for (const [pace, grouping] of REPLAYS) {
    const replay = new ReplayingTape(tape, pace, grouping);
    const replayed = await asRun(replay, () => code(server.url));
    expect({ pace, grouping, outcome: replayed }).toEqual({ pace, grouping, outcome: plain });
    expect(replay.unaskedUrls).toEqual([]);
  }
  expect(server.seen).toEqual([]);
  return { outcome: plain, entries: tape.entries };
}

/** Boundaries of multipart bodies are made by chance. */
function withoutBoundaries(seen: unknown): unknown {
  const text = JSON.stringify(seen);
  const boundaries = [...text.matchAll(/boundary=([^\s"\\]+)/g)].map(([, boundary]) => boundary ?? "");
  return JSON.parse(boundaries.reduce((result, boundary) => result.replaceAll(boundary, "BOUNDARY"), text)) as unknown;
}

/** What can be compared of an error. */
export function errorFacts(error: unknown): Record<string, unknown> {
  const { name, message, code, errno, syscall, address, port, cause } = error as Error & Record<string, unknown>;
  const facts = { name, message, code, errno, syscall, address, port };
  return cause === undefined ? facts : { ...facts, cause: errorFacts(cause) };
}

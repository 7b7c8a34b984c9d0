/**
 * A process that imports a version as a worker does, calls the run function of one task in several runs with the same seed,
 * and prints what came of it: `node run-in-stage.ts <bundle> <task id>`.
 */
import { pathToFileURL } from "node:url";
import { DEFINITION, isTask } from "../../src/sdk/index.ts";
import { interceptChance } from "../../src/worker/interception/chance.ts";
import { Stage } from "../interception/stage.ts";

/** What the process prints, as JSON. */
export interface StageCall {
  /** Of code that is in no run, before the others and after them. */
  readonly outside: readonly unknown[];
  /** Of runs with the same seed, the second after another one with another seed. */
  readonly inside: readonly unknown[];
  readonly other: unknown;
}

const [, , bundle = "", id] = process.argv;
interceptChance();
const exported: Record<string, unknown> = await import(pathToFileURL(bundle).href);
const task = Object.values(exported)
  .filter(isTask)
  .find((candidate) => candidate.id === id);
const call = () => task?.[DEFINITION].run(undefined, {} as never);

const before = await call();
const first = await inRun(0);
const other = await inRun(101);
const second = await inRun(0);
const outcome: StageCall = { outside: [before, await call()], inside: [first, second], other };
console.log(JSON.stringify(outcome));

function inRun(seed: number): Promise<unknown> {
  const stage = new Stage();
  stage.drawn = seed;
  return stage.run(async () => call());
}

import { perdureError } from "../../core/errors.ts";
import { type Store, VERBS } from "../../store/index.ts";
import { createSampledClock } from "../../store/store-clock.ts";
import type { History } from "./history.ts";
import type { Plan } from "./plan.ts";
import type { SimProcess } from "./process.ts";
import type { World } from "./world.ts";

type Fate = "answered" | "fails before" | "fails after" | "fails, and then comes all the same";

const USUAL_MS = 2;
const SLOW_MS = 400;
const LATE_MS = 1_000;
/** How old the node's reading of the store's clock may get. */
const SAMPLE_MS = 10_000;

/**
 * The store as one node reaches it: each verb is atomic where it is executed, and the way there and back may fail. A node
 * that dies on the way never hears what became of it.
 */
export function linkStore(
  world: World,
  node: SimProcess,
  shared: Store,
  { store }: Plan,
  { history, isCalm }: { readonly history: History; readonly isCalm: () => boolean },
): Store {
  const draw = world.draw.fork();
  const clock = createSampledClock(node.env);
  let sampledAt = Number.NEGATIVE_INFINITY;
  sample();

  function sample(): void {
    sampledAt = node.env.monotonic();
    clock.sample(shared.now());
  }

  function drawFate(): Fate {
    if (isCalm()) return "answered";
    const lot = draw.next();
    if (lot < store.before) return "fails before";
    if (lot < store.before + store.after) return "fails after";
    return lot < store.before + store.after + store.late ? "fails, and then comes all the same" : "answered";
  }

  const delayMs = () => (!isCalm() && draw.happens(store.slow) ? draw.span(SLOW_MS) : draw.whole(0, USUAL_MS));

  function call(verb: string, params: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!node.leave()) return;
      const fate = drawFate();
      if (fate !== "answered") world.note(node.name, `${verb} ${fate}`);
      const back = (say: () => void) => void world.after(delayMs(), () => node.enter(say));
      const refuse = () => reject(perdureError("STORE_UNAVAILABLE", { problem: `the store was away for ${verb}` }));
      if (fate === "fails before" || fate === "fails, and then comes all the same") back(refuse);
      if (fate === "fails before") return;
      world.after(fate.endsWith("same") ? draw.span(LATE_MS) : delayMs(), () => {
        history.actor = node.name;
        const answer = (shared as unknown as Record<string, (params: unknown) => Promise<unknown>>)[verb]?.(params);
        if (fate === "fails, and then comes all the same") return void answer?.catch(() => undefined);
        answer?.then(
          (result) => back(fate === "answered" ? () => resolve(result) : refuse),
          (error: unknown) => back(() => reject(error)),
        );
      });
    });
  }

  const verbs = [...Object.keys(VERBS.writes), ...Object.keys(VERBS.reads)];
  return {
    ...Object.fromEntries(verbs.map((verb) => [verb, (params: unknown) => call(verb, params)])),
    now() {
      if (node.env.monotonic() - sampledAt >= SAMPLE_MS) sample();
      return clock.now();
    },
    isSingleNode: false,
    close: async () => undefined,
  } as unknown as Store;
}

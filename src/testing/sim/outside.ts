import type { Hearer, OutgoingRequest, Sending } from "../../worker/index.ts";
import type { History } from "./history.ts";
import type { SimProcess } from "./process.ts";
import type { World } from "./world.ts";

/**
 * How somebody else's server treats a request. `whole`: its answer says how long it is. `chunks`: it does not, and comes in
 * parts. `cut`: such an answer breaks off in the middle; `cut short`: one that had said how long it was. `never`: it is silent.
 */
export type Way = "whole" | "chunks" | "cut" | "cut short" | "refused" | "never";

/** A request as it arrived there. */
export interface Arrival {
  /** No two that arrive have the same. Everything that comes back carries it. */
  readonly number: number;
  readonly runId: string;
  readonly place: string;
  readonly way: Way;
  /** All that its body said, or would have said. */
  readonly text: string;
}

export interface Outside {
  /** To be called in a process that is alive, and that dies of it perhaps. */
  send(process: SimProcess, asked: AskedOutside, request: OutgoingRequest, hearer: Hearer): Sending;
}

export interface AskedOutside {
  readonly runId: string;
  readonly place: string;
  /** One is drawn each time. */
  readonly ways: readonly Way[];
  /** How long it takes on average until something comes back. */
  readonly ms: number;
  /** It gives the same answer in the same parts each time. */
  readonly isStable: boolean;
  /** Told when the request has left. */
  readonly onSent: (arrival: Arrival) => void;
}

const BETWEEN_CHUNKS_MS = 40;
/** What is acted upon before it has come as a whole shall be there when something happens to its reader. */
const BETWEEN_STABLE_CHUNKS_MS = 400;
const STABLE_CHUNKS = 4;
export const ORIGIN = "https://outside.test";
export const SENDING_HEADER = "x-sending";

/** What a body with this number is: long enough to come in parts. */
const textOf = ({ place, isStable }: AskedOutside, number: number) => {
  const whose = isStable ? "always" : number;
  return `${place} answers ${whose}, ${place} says ${whose}, ${place} is done with ${whose}`;
};

/** Servers on the other side of the virtual network, which know nothing of ours. */
export function createOutside(world: World, { arrivals }: History): Outside {
  const draw = world.draw.fork();
  return {
    send(process, asked, { method }, hearer) {
      if (!process.leave()) return silent;
      const way = draw.pick(asked.ways);
      const number = arrivals.length + 1;
      const arrival = { number, runId: asked.runId, place: asked.place, way, text: textOf(asked, number) };
      arrivals.push(arrival);
      asked.onSent(arrival);
      world.note("outside", `hears ${number}, ${method} ${asked.place} of ${asked.runId}: ${way}`);
      let isGivenUp = false;
      let delayMs = draw.span(asked.ms) + 1;
      const acts = actsOf(way, partsOf(arrival.text, asked.isStable), number, hearer);
      next();
      return {
        ...silent,
        abort() {
          isGivenUp = true;
        },
      };

      /** One after the other, whether or not the process is awake to hear it. */
      function next(): void {
        const act = acts.shift();
        if (act === undefined || isGivenUp) return;
        world.after(delayMs, () => {
          process.enter(() => {
            if (!isGivenUp) act();
          });
          delayMs = draw.span(asked.isStable ? BETWEEN_STABLE_CHUNKS_MS : BETWEEN_CHUNKS_MS);
          next();
        });
      }
    },
  };

  function partsOf(text: string, isStable: boolean): readonly string[] {
    const length = Math.ceil(text.length / (isStable ? STABLE_CHUNKS : draw.whole(1, 6)));
    return Array.from({ length: Math.ceil(text.length / length) }, (_, i) => text.slice(i * length, (i + 1) * length));
  }
}

const silent: Sending = { abort: () => undefined, pause: () => undefined, resume: () => undefined };

/** What is heard, an act in a turn of its own each. */
function actsOf(way: Way, parts: readonly string[], number: number, hearer: Hearer): (() => void)[] {
  const bytes = parts.map((part) => Buffer.from(part));
  const length = bytes.reduce((sum, part) => sum + part.length, 0);
  const head = (...more: string[]) => {
    hearer.head({ status: 200, statusText: "OK", headers: [SENDING_HEADER, String(number), ...more] });
  };
  const sized = () => head("content-length", String(length));
  const chunks = bytes.map((part) => () => void hearer.chunk(part));
  const some = chunks.slice(0, Math.ceil(chunks.length / 2));
  const fail = (problem: string) => () => {
    hearer.fail(Object.assign(new Error(`${problem} (sending ${number})`), { code: "ECONNRESET" }));
  };
  switch (way) {
    case "whole":
      return [sized, ...chunks, () => hearer.end()];
    case "chunks":
      return [() => head(), ...chunks, () => hearer.end()];
    case "cut":
      return [() => head(), ...some, fail("cut off")];
    case "cut short":
      return [sized, ...some, fail("cut off")];
    case "refused":
      return [fail("refused")];
    case "never":
      return [];
  }
}

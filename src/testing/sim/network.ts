import type { Plan } from "./plan.ts";
import type { SimProcess } from "./process.ts";
import type { World } from "./world.ts";

/** The way between processes: it loses messages, delivers them twice, late and in another order. */
export interface Network {
  /**
   * @param body - What is said, for the log.
   * @param deliver - Called in the receiver, if at all.
   */
  send(from: SimProcess, to: SimProcess, what: string, body: string, deliver: () => void): void;
  /** For some time nothing comes through to this process or from it. */
  cutOff(process: SimProcess, ms: number): void;
  /** From here on every message arrives once, soon. */
  calm(): void;
  /** The longest that a message was on its way, until somebody took it in. */
  readonly slowestMs: number;
}

const USUAL_MS = 4;

export function createNetwork(world: World, { network }: Plan): Network {
  const draw = world.draw.fork();
  const cut = new Map<SimProcess, number>();
  let isCalm = false;
  let slowestMs = 0;

  const isCut = (process: SimProcess) => !isCalm && (cut.get(process) ?? 0) > world.elapsed;

  function travel(from: SimProcess, to: SimProcess, what: string, deliver: () => void): void {
    const delayMs = !isCalm && draw.happens(network.slow) ? draw.span(network.slowMs) : draw.whole(0, USUAL_MS);
    const sentAt = world.elapsed;
    world.after(delayMs, () => {
      if (isCut(from) || isCut(to)) return;
      to.enter(() => {
        slowestMs = Math.max(slowestMs, world.elapsed - sentAt);
        world.note(to.name, `hears ${what}`);
        deliver();
      });
    });
  }

  return {
    send(from, to, what, body, deliver) {
      if (!from.leave()) return;
      const isLost = isCut(from) || isCut(to) || (!isCalm && draw.happens(network.lost));
      world.note(from.name, `says ${what} to ${to.name}${isLost ? ", in vain" : ""} ${body}`);
      if (isLost) return;
      travel(from, to, what, deliver);
      if (!isCalm && draw.happens(network.doubled)) travel(from, to, `${what} (again)`, deliver);
    },
    cutOff(process, ms) {
      cut.set(process, world.elapsed + ms);
      world.note(process.name, `is cut off for ${ms} ms`);
    },
    calm() {
      isCalm = true;
    },
    get slowestMs() {
      return slowestMs;
    },
  };
}

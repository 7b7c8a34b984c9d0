import { describe, expect, it } from "vitest";
import { type KillReason, Pulse } from "./pulse.ts";

const LIMITS = { heartbeatTimeoutMs: 1_000, hangTimeoutMs: 5_000, startTimeoutMs: 10_000 };
const LIVELY = { stalledMs: 0, lagMs: 3, rssBytes: 1 };

function look(pulse: Pulse, times: number): KillReason | undefined {
  let reason: KillReason | undefined;
  for (let i = 0; i < times; i++) reason ??= pulse.look(250, LIMITS);
  return reason;
}

describe("a process that is watched", () => {
  it("may take its time to start, but not for ever", () => {
    const pulse = new Pulse();
    expect(look(pulse, 40)).toBeUndefined();
    expect(look(pulse, 1)).toBe("start");
  });

  it("lives as long as its heart beats", () => {
    const pulse = new Pulse();
    pulse.ready();
    for (let i = 0; i < 100; i++) {
      pulse.beat(LIVELY);
      expect(look(pulse, 4)).toBeUndefined();
    }
    expect(pulse.last).toEqual(LIVELY);
    expect(look(pulse, 1)).toBe("heartbeat");
  });

  it("is missed although it has never been heard, once it takes runs", () => {
    const pulse = new Pulse();
    look(pulse, 20);
    pulse.ready();
    expect(look(pulse, 4)).toBeUndefined();
    expect(look(pulse, 1)).toBe("heartbeat");
  });

  it("is missed while it starts, once it has been heard", () => {
    const pulse = new Pulse();
    pulse.beat(LIVELY);
    expect(look(pulse, 5)).toBe("heartbeat");
  });

  it("may be busy, but not for longer than is a hang", () => {
    const pulse = new Pulse();
    pulse.ready();
    pulse.beat({ stalledMs: 5_000, lagMs: 5_000, rssBytes: 1 });
    expect(look(pulse, 1)).toBeUndefined();
    pulse.beat({ stalledMs: 5_200, lagMs: 5_200, rssBytes: 1 });
    expect(look(pulse, 1)).toBe("hang");
  });
});

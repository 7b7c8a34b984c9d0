import { describe, expect, it } from "vitest";
import { parseExposition } from "../../../test/exposition.ts";
import { createRegistry } from "./registry.ts";

describe("what Prometheus reads", () => {
  it("is what was counted, set and observed", () => {
    const registry = createRegistry();
    const runs = registry.counter("a_total", "Runs.");
    runs.add({ task: "x" });
    runs.add({ task: "x" }, 2);
    runs.add({ task: "y" });
    registry.gauge("b_bytes", "Size.").set(7.5);
    const time = registry.histogram("c_seconds", "Time.", [0.1, 1]);
    for (const seconds of [0.05, 0.1, 0.5, 9]) time.observe(seconds, { queue: "q" });
    registry.total("d_total", "Elsewhere.", () => 3);
    const families = parseExposition(registry.text());
    expect(Object.fromEntries(families.get("a_total")?.samples ?? [])).toEqual({
      'a_total{task="x"}': 3,
      'a_total{task="y"}': 1,
    });
    expect(families.get("b_bytes")?.samples.get("b_bytes")).toBe(7.5);
    expect([...(families.get("c_seconds")?.samples.values() ?? [])]).toEqual([2, 3, 4, 9.65, 4]);
    expect(families.get("d_total")?.samples.get("d_total")).toBe(3);
  });

  it("holds whatever a name may hold", () => {
    const registry = createRegistry();
    registry.counter("a_total", "A line\nand a \\.").add({ task: 'a"b\\c\nd{},=' });
    const [sample] = [...(parseExposition(registry.text()).get("a_total")?.samples.keys() ?? [])];
    expect(sample).toBe('a_total{task="a\\"b\\\\c\\nd{},="}');
  });

  it("forgets what is no more, and only that", () => {
    const registry = createRegistry();
    const depth = registry.gauge("depth", "Depth.");
    depth.set(1, { queue: "a" });
    registry.text();
    depth.set(2, { queue: "b" });
    expect([...(parseExposition(registry.text()).get("depth")?.samples.keys() ?? [])]).toEqual(['depth{queue="b"}']);
  });

  it("has a bounded number of series, whatever names callers choose", () => {
    const registry = createRegistry();
    const runs = registry.counter("a_total", "Runs.");
    for (let i = 0; i < 5_000; i++) runs.add({ task: `task ${i}`, outcome: "completed" });
    const samples = parseExposition(registry.text()).get("a_total")?.samples ?? new Map();
    expect(samples.size).toBe(201);
    expect(samples.get('a_total{task="other",outcome="other"}')).toBe(4_800);
  });
});

/** The text that Prometheus reads, read as strictly as `promtool check metrics` does: whatever it would refuse throws. */
export interface Family {
  readonly type: string;
  /** Values by `name{labels}`. */
  readonly samples: ReadonlyMap<string, number>;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = `${"[a-zA-Z_][a-zA-Z0-9_]*"}="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"`;
const SAMPLE = new RegExp(`^(${NAME})(\\{${LABEL}(?:,${LABEL})*\\})? (\\S+)$`);

export function parseExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith("\n")) throw new Error("The last line does not end.");
  const families = new Map<string, { type: string; samples: Map<string, number> }>();
  let name = "";
  let isHelped = false;
  for (const line of text.slice(0, -1).split("\n")) {
    const [, keyword, of, rest] = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line) ?? [];
    if (keyword === "HELP") {
      if (families.has(of as string)) throw new Error(`${of} comes twice.`);
      name = of as string;
      isHelped = true;
    } else if (keyword === "TYPE") {
      if (of !== name || !isHelped) throw new Error(`${of} has a type and no help before it.`);
      if (!["counter", "gauge", "histogram"].includes(rest as string)) throw new Error(`${rest} is no type.`);
      families.set(name, { type: rest as string, samples: new Map() });
      isHelped = false;
    } else addSample(line, name, families.get(name));
  }
  for (const [family, { type, samples }] of families) checkFamily(family, type, samples);
  return families;
}

function addSample(line: string, name: string, family: { type: string; samples: Map<string, number> } | undefined) {
  const [, sample, labels = "", value] = SAMPLE.exec(line) ?? [];
  if (sample === undefined || family === undefined) throw new Error(`This is no sample: ${line}`);
  const suffix = sample.startsWith(name) ? sample.slice(name.length) : undefined;
  const suffixes = family.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
  if (suffix === undefined || !suffixes.includes(suffix)) throw new Error(`${sample} does not belong to ${name}.`);
  if (family.samples.has(sample + labels)) throw new Error(`${sample}${labels} comes twice.`);
  const number = Number(value);
  if (Number.isNaN(number)) throw new Error(`${value} is no number.`);
  family.samples.set(sample + labels, number);
}

function checkFamily(name: string, type: string, samples: ReadonlyMap<string, number>): void {
  if ((type === "counter") !== name.endsWith("_total")) throw new Error(`${name} is a ${type} by its type alone.`);
  if (/(?:_ms|_millis|_kb|_mb)(?:_|$)/.test(name)) throw new Error(`${name} is not in a base unit.`);
  for (const value of samples.values()) if (type !== "gauge" && value < 0) throw new Error(`${name} fell below 0.`);
  if (type === "histogram") checkHistogram(name, samples);
}

/** Buckets grow, the last one is `+Inf` and as large as the count. */
function checkHistogram(name: string, samples: ReadonlyMap<string, number>): void {
  const series = new Map<string, { bound: number; count: number }[]>();
  for (const [sample, count] of samples) {
    const [, before = "", bound] = /_bucket\{(.*?),?le="([^"]+)"\}$/.exec(sample) ?? [];
    if (bound === undefined) continue;
    const key = before === "" ? "" : `{${before}}`;
    series.set(key, [...(series.get(key) ?? []), { bound: bound === "+Inf" ? Infinity : Number(bound), count }]);
  }
  for (const [labels, buckets] of series) {
    for (const [i, { bound, count }] of buckets.entries()) {
      const last = buckets[i - 1];
      if (last !== undefined && (last.bound >= bound || last.count > count)) throw new Error(`${name} does not grow.`);
    }
    if (buckets.at(-1)?.bound !== Infinity) throw new Error(`${name} has no bucket +Inf.`);
    if (buckets.at(-1)?.count !== samples.get(`${name}_count${labels}`)) throw new Error(`${name} counts otherwise.`);
    if (!samples.has(`${name}_sum${labels}`)) throw new Error(`${name} has no sum.`);
  }
}

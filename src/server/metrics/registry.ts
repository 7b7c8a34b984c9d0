/**
 * Counters, gauges and histograms in memory, and the text in which Prometheus reads them (its exposition format 0.0.4).
 * A label takes a bounded number of values: those beyond are counted as `other`, so that no name that a caller chooses can fill
 * our memory or that of who reads us.
 */
export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(labels?: Labels, by?: number): void;
}

/** Set anew for each reading: what is not set is not there. */
export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

export interface Registry {
  counter(name: string, help: string): Counter;
  gauge(name: string, help: string): Gauge;
  histogram(name: string, help: string, buckets: readonly number[]): Histogram;
  /** A counter that somebody else keeps. */
  total(name: string, help: string, read: () => number): void;
  /** Everything as it is now. */
  text(): string;
}

/** Series of one metric. */
const MAX_SERIES = 200;
const OTHER = "other";

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  lines(): Iterable<string>;
}

export function createRegistry(): Registry {
  const metrics: Metric[] = [];
  return {
    counter(name, help) {
      const series = createSeries(() => ({ value: 0 }));
      metrics.push({ name, help, type: "counter", lines: () => plainLines(name, series.all()) });
      return {
        add(labels = {}, by = 1) {
          series.of(labels).value += by;
        },
      };
    },
    gauge(name, help) {
      const series = createSeries(() => ({ value: 0 }));
      metrics.push({
        name,
        help,
        type: "gauge",
        *lines() {
          yield* plainLines(name, series.all());
          series.clear();
        },
      });
      return {
        set(value, labels = {}) {
          series.of(labels).value = value;
        },
      };
    },
    histogram(name, help, buckets) {
      const series = createSeries(() => ({ counts: new Array<number>(buckets.length + 1).fill(0), sum: 0 }));
      metrics.push({ name, help, type: "histogram", lines: () => histogramLines(name, buckets, series.all()) });
      return {
        observe(value, labels = {}) {
          const of = series.of(labels);
          const bucket = buckets.findIndex((bound) => value <= bound);
          const place = bucket === -1 ? buckets.length : bucket;
          of.counts[place] = (of.counts[place] ?? 0) + 1;
          of.sum += value;
        },
      };
    },
    total(name, help, read) {
      metrics.push({ name, help, type: "counter", lines: () => [`${name} ${numberText(read())}`] });
    },
    text: () => metrics.map(metricText).join(""),
  };
}

type AllSeries<Value> = readonly { readonly labels: Labels; readonly value: Value }[];

function createSeries<Value>(fresh: () => Value) {
  const known = new Map<string, { readonly labels: Labels; readonly value: Value }>();
  return {
    of(labels: Labels): Value {
      const found = known.get(keyOf(labels));
      if (found !== undefined) return found.value;
      if (known.size >= MAX_SERIES && Object.values(labels).some((value) => value !== OTHER))
        return this.of(Object.fromEntries(Object.keys(labels).map((label) => [label, OTHER])));
      const made = { labels, value: fresh() };
      known.set(keyOf(labels), made);
      return made.value;
    },
    all: (): AllSeries<Value> => [...known.values()],
    clear: () => known.clear(),
  };
}

function keyOf(labels: Labels): string {
  return Object.values(labels).join("\0");
}

function metricText({ name, help, type, lines }: Metric): string {
  return `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}\n${[...lines()].map((line) => `${line}\n`).join("")}`;
}

function* plainLines(name: string, series: AllSeries<{ readonly value: number }>): Iterable<string> {
  for (const { labels, value } of series) yield `${name}${labelsText(labels)} ${numberText(value.value)}`;
}

function* histogramLines(
  name: string,
  buckets: readonly number[],
  series: AllSeries<{ readonly counts: readonly number[]; readonly sum: number }>,
): Iterable<string> {
  for (const { labels, value } of series) {
    let count = 0;
    for (const [i, bound] of [...buckets, Number.POSITIVE_INFINITY].entries()) {
      count += value.counts[i] ?? 0;
      yield `${name}_bucket${labelsText({ ...labels, le: numberText(bound) })} ${count}`;
    }
    yield `${name}_sum${labelsText(labels)} ${numberText(value.sum)}`;
    yield `${name}_count${labelsText(labels)} ${count}`;
  }
}

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  return value === Number.POSITIVE_INFINITY ? "+Inf" : String(value);
}

const UNITS = [
  { name: "h", ms: 3_600_000 },
  { name: "min", ms: 60_000 },
  { name: "s", ms: 1_000 },
] as const;

/** A duration for people: `12 ms`, `3.2 s`, `4.5 min`. */
export function shortDuration(ms: number): string {
  const unit = UNITS.find((candidate) => ms >= candidate.ms);
  return unit === undefined ? `${Math.round(ms)} ms` : `${(ms / unit.ms).toFixed(1).replace(/\.0$/, "")} ${unit.name}`;
}

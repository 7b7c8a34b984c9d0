import countries from "country-region-data/data.json" with { type: "json" };

/** A region of a country, as the import is given it. */
export interface Row {
  readonly number: number;
  readonly country: string;
  readonly code: string | null;
  readonly name: string | null;
}

/** Rows from one number to another, both included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export const SOURCE = "the npm package country-region-data";
export const COUNTRY_COUNT = countries.length;

/** The package's data is clean, so one row of it is spoilt here: it has lost its name, and no import can take it. */
const SPOILT = 2_718;

export const ROWS: readonly Row[] = countries
  .flatMap(({ countryName, regions }) => regions.map((region) => ({ country: countryName, ...region })))
  .map(({ country, name, ...region }, i) => ({
    number: i + 1,
    country,
    code: "shortCode" in region ? region.shortCode : null,
    name: i + 1 === SPOILT ? null : name,
  }));

export const ALL: Range = { from: 1, to: ROWS.length };

export function rowsOf({ from, to }: Range): readonly Row[] {
  return ROWS.slice(from - 1, to);
}

export function splitRange({ from, to }: Range, size: number): readonly Range[] {
  const count = Math.ceil((to - from + 1) / size);
  return Array.from({ length: count }, (_, i) => ({
    from: from + i * size,
    to: Math.min(to, from + (i + 1) * size - 1),
  }));
}

export function labelOf({ from, to }: Range): string {
  return `rows ${from}-${to}`;
}

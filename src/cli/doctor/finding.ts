import { isPerdureError } from "../../core/errors.ts";

/** What a check found. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly level: "ok" | "warn" | "fail";
  readonly sentence: string;
  /** What to do about it; absent where all is well. */
  readonly cure?: string;
}

/** What the checks look at. */
export interface Patient {
  /** The project's folder. */
  readonly root: string;
  readonly db: string;
  readonly port: number;
  /** Where a server is expected. */
  readonly url: string;
  /** Whether somebody said that one is there. */
  readonly isServerExpected: boolean;
  /** The server is that of `perdure dev` in this project, with a key that it made. */
  readonly hasOwnKey: boolean;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export function ok(check: string, sentence: string): Finding {
  return { check, level: "ok", sentence };
}

export function warn(check: string, sentence: string, cure: string): Finding {
  return { check, level: "warn", sentence, cure };
}

export function fail(check: string, sentence: string, cure: string): Finding {
  return { check, level: "fail", sentence, cure };
}

/** A check that threw has found something too. */
export function failed(check: string, error: unknown, cure: string): Finding {
  if (isPerdureError(error)) return fail(check, error.sentence, error.cure);
  return fail(check, `${error instanceof Error ? error.message : String(error)}`.replace(/\.?$/, "."), cure);
}

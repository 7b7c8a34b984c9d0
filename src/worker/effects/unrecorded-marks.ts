import { perdureError } from "../../core/errors.ts";
import { findPlace } from "../../core/stack-place.ts";
import type { Execution } from "../execution.ts";
import type { UnrecordedEffect } from "./effects.ts";

/** A run that works through a folder would fill its story. */
const NAMED = 20;
/** Of each kind. To find the place of a call takes longer than many a call does. */
const LOOKED_AT = 100;
const WHAT_CHARACTERS = 200;
/** As it is before code of users can change it. */
const ROOT = process.cwd();

interface Mark {
  readonly what: string;
  readonly where?: string;
}

interface Held {
  readonly mark: Mark;
  readonly results: number;
  readonly waits: number;
}

/**
 * What the code of one execution does outside of steps that cannot be recorded: told once for each place in the code, in the run's story
 * and, where it is new, in its log.
 *
 * While a journal is replayed nobody can say yet whether the code does something again. What comes before a result, or an open wait, that
 * the journal holds was done before; marks are therefore held until it is used up.
 */
export class UnrecordedMarks {
  readonly #execution: Execution;
  readonly #places = new Set<string>();
  readonly #looks = new Map<string, number>();
  #held: Held[] = [];
  #isMarked = false;

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  /** Another process that continued this run would repeat something. */
  get isMarked(): boolean {
    return this.#isMarked;
  }

  /** It is about to happen. */
  note(effect: UnrecordedEffect): void {
    const { journal, isClosed } = this.#execution;
    if (isClosed) return;
    this.#isMarked = true;
    const mark = this.#newMark(effect);
    if (mark === undefined) return;
    if (journal.isLive) this.#tell(mark);
    else this.#held.push({ mark, ...journal.place });
  }

  /** It is not to happen. @throws {PerdureError} `EFFECT_REFUSED`, always. */
  refuse(effect: UnrecordedEffect): never {
    const { what, where } = this.#markOf(effect);
    throw perdureError("EFFECT_REFUSED", {
      what: capitalized(what),
      where,
      at: where === undefined ? "" : ` at ${where}`,
    });
  }

  /** The journal is used up, or the code has come to its end before. */
  caughtUp(): void {
    const { results, waits } = this.#execution.journal.place;
    const held = this.#held;
    this.#held = [];
    for (const each of held) {
      if (each.results < results || each.waits < waits) this.#note("effect.repeated", each.mark);
      else this.#tell(each.mark);
    }
  }

  /** Undefined for what is told already, or is one too many. */
  #newMark(effect: UnrecordedEffect): Mark | undefined {
    if (this.#places.size > NAMED) return undefined;
    const kind = effect.kind ?? effect.what;
    const looks = this.#looks.get(kind) ?? 0;
    if (looks >= LOOKED_AT) return undefined;
    this.#looks.set(kind, looks + 1);
    const mark = this.#markOf(effect);
    const place = `${kind} ${mark.where}`;
    if (this.#places.has(place)) return undefined;
    this.#places.add(place);
    return this.#places.size > NAMED ? { ...mark, what: `${mark.what} (further ones are not named)` } : mark;
  }

  #markOf({ what, stack }: UnrecordedEffect): Mark {
    const { redact } = this.#execution.deps;
    const where = findPlace(stack, ROOT);
    return { what: redact(what.slice(0, WHAT_CHARACTERS)), ...(where === undefined ? {} : { where }) };
  }

  #tell(mark: Mark): void {
    this.#note("effect.unrecorded", mark);
    const { what, where } = mark;
    const place = where === undefined ? "" : ` at ${where}`;
    this.#execution.log.warn(
      `${capitalized(what)}${place} cannot be recorded: a continuation of this run in another process repeats it. Wrap it in a step: step.run(name, fn).`,
    );
  }

  #note(kind: "effect.unrecorded" | "effect.repeated", mark: Mark): void {
    this.#execution.recorder.note({ kind, details: JSON.stringify(mark) });
  }
}

/** Names of modules stay as they are. */
function capitalized(what: string): string {
  return what.startsWith("node:") ? what : `${what.charAt(0).toUpperCase()}${what.slice(1)}`;
}

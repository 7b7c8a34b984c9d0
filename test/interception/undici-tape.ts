/**
 * Effects that remember what they hear and can say it again: as much of a journal as tests of an interception need. On a
 * replay nothing is ever sent.
 */
import { inScope, outsideRuns, type WorkerScope } from "../../src/worker/context.ts";
import type {
  Effects,
  Exchange,
  Hearer,
  OutgoingRequest,
  ResponseHead,
  RunTimer,
  Sending,
  UnrecordedEffect,
} from "../../src/worker/effects/effects.ts";

type Sound =
  | { readonly kind: "head"; readonly head: ResponseHead }
  | { readonly kind: "chunk"; readonly bytes: Buffer }
  | { readonly kind: "end" }
  | { readonly kind: "failure"; readonly error: KeptError };

interface KeptError {
  readonly name: string;
  readonly message: string;
  readonly code: unknown;
  readonly cause: KeptError | undefined;
}

interface TapeEntry {
  readonly request: OutgoingRequest;
  readonly sounds: Sound[];
  isAborted: boolean;
}

/** How a replay says it: within the very call that asks, but for failures, or later, a sound in each turn of the event loop. */
export type Pace = "at once" | "in turns";

abstract class Tape implements Effects {
  readonly unrecordedEffects: UnrecordedEffect[] = [];

  abstract request(exchange: Exchange): Sending;

  unrecorded(effect: UnrecordedEffect): void {
    this.unrecordedEffects.push(effect);
  }

  timer(): RunTimer {
    throw new Error("This tape keeps requests only.");
  }

  now(): number {
    throw new Error("This tape keeps requests only.");
  }

  monotonic(): number {
    throw new Error("This tape keeps requests only.");
  }

  random(): number {
    throw new Error("This tape keeps requests only.");
  }

  randomBytes(): Uint8Array {
    throw new Error("This tape keeps requests only.");
  }
}

export class RecordingTape extends Tape {
  readonly entries: TapeEntry[] = [];

  override request(exchange: Exchange): Sending {
    const entry: TapeEntry = { request: exchange.request, sounds: [], isAborted: false };
    this.entries.push(entry);
    const { hearer } = exchange;
    const sending = exchange.send({
      head: (head) => {
        entry.sounds.push({ kind: "head", head });
        hearer.head(head);
      },
      chunk: (bytes) => {
        entry.sounds.push({ kind: "chunk", bytes: Buffer.from(bytes) });
        return hearer.chunk(bytes);
      },
      end: () => {
        entry.sounds.push({ kind: "end" });
        hearer.end();
      },
      fail: (error) => {
        entry.sounds.push({ kind: "failure", error: keep(error) });
        hearer.fail(error);
      },
    });
    return {
      abort: (reason) => {
        entry.isAborted = true;
        sending.abort(reason);
      },
      pause: () => sending.pause(),
      resume: () => sending.resume(),
    };
  }

  get urls(): string[] {
    return this.entries.map(({ request }) => request.url);
  }
}

export class ReplayingTape extends Tape {
  readonly #unasked: TapeEntry[];
  readonly #pace: Pace;

  constructor({ entries }: RecordingTape, pace: Pace) {
    super();
    this.#unasked = [...entries];
    this.#pace = pace;
  }

  override request({ request, hearer }: Exchange): Sending {
    const at = this.#unasked.findIndex((entry) => identify(entry.request) === identify(request));
    if (at < 0) throw new Error(`The replay asks for what is not recorded: ${identify(request)}`);
    const [entry] = this.#unasked.splice(at, 1);
    return new Playback(entry?.sounds ?? [], hearer, this.#pace);
  }

  /** What the code has not asked for again. */
  get unaskedUrls(): string[] {
    return this.#unasked.map(({ request }) => request.url);
  }
}

class Playback implements Sending {
  readonly #sounds: Sound[];
  readonly #hearer: Hearer;
  readonly #pace: Pace;
  #isStopped = false;
  #isPlaying = false;

  constructor(sounds: readonly Sound[], hearer: Hearer, pace: Pace) {
    this.#sounds = [...sounds];
    this.#hearer = hearer;
    this.#pace = pace;
    this.#play();
  }

  abort(): void {
    this.#isStopped = true;
    this.#sounds.length = 0;
  }

  pause(): void {
    this.#isStopped = true;
  }

  resume(): void {
    this.#isStopped = false;
    this.#play();
  }

  /** Outside of runs, as a journal that is told something by its disk would. */
  #play(): void {
    if (this.#isPlaying) return;
    this.#isPlaying = true;
    outsideRuns(() => (this.#pace === "at once" ? this.#sayAll() : setImmediate(() => this.#sayNext())));
  }

  #sayAll(): void {
    while (!this.#isStopped && this.#sounds.length > 0 && this.#sounds[0]?.kind !== "failure") this.#say();
    if (this.#isStopped || this.#sounds.length === 0) this.#isPlaying = false;
    else setImmediate(() => this.#sayNext());
  }

  #sayNext(): void {
    if (!this.#isStopped) this.#say();
    if (this.#isStopped || this.#sounds.length === 0) this.#isPlaying = false;
    else setImmediate(() => this.#sayNext());
  }

  #say(): void {
    const sound = this.#sounds.shift();
    if (sound?.kind === "head") this.#hearer.head(sound.head);
    else if (sound?.kind === "chunk") this.#isStopped ||= !this.#hearer.chunk(sound.bytes);
    else if (sound?.kind === "end") this.#hearer.end();
    else if (sound !== undefined) this.#hearer.fail(revive(sound.error));
  }
}

/** Runs `code` as the code of a run whose effects are those. */
export function asRun<Result>(effects: Effects, code: () => Result): Result {
  // No part of the SDK is asked for its run in these tests.
  return inScope({ effects } as unknown as WorkerScope, code);
}

function identify({ method, url, body }: OutgoingRequest): string {
  // Boundaries of forms are made by chance.
  const text = body === undefined ? "" : Buffer.from(body).toString("latin1");
  return `${method} ${url} ${text.replaceAll(/-+formdata-undici-\d+/g, "--boundary")}`;
}

function keep(error: Error): KeptError {
  const { name, message, cause } = error;
  return { name, message, code: Reflect.get(error, "code"), cause: cause instanceof Error ? keep(cause) : undefined };
}

function revive({ name, message, code, cause }: KeptError): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause: revive(cause) });
  return Object.assign(error, { name }, code === undefined ? {} : { code });
}

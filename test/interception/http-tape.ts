/**
 * Effects that remember what they hear and can say it again: as much of a journal as tests of an interception need. On a
 * replay nothing is ever sent.
 */
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

/** An error as it is kept: what it is made of, as text. */
interface KeptError {
  readonly name: string;
  readonly message: string;
  readonly details: Record<string, unknown>;
  readonly errors: readonly KeptError[] | undefined;
}

interface TapeEntry {
  readonly request: OutgoingRequest;
  readonly sounds: Sound[];
  isAborted: boolean;
}

/** How a replay says it: within the very call that asks, or later, a sound in each turn of the event loop. */
export type Pace = "at once" | "in turns";
/** How the bytes of a body come: as they came, all together, or in a thousand pieces. */
export type Grouping = "as recorded" | "together" | "in pieces";

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

  override request({ request, hearer, send }: Exchange): Sending {
    const entry: TapeEntry = { request, sounds: [], isAborted: false };
    this.entries.push(entry);
    const sending = send({
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
}

export class ReplayingTape extends Tape {
  readonly #unasked: TapeEntry[];
  readonly #pace: Pace;
  readonly #grouping: Grouping;

  constructor({ entries }: RecordingTape, pace: Pace, grouping: Grouping) {
    super();
    this.#unasked = [...entries];
    this.#pace = pace;
    this.#grouping = grouping;
  }

  override request({ request, hearer }: Exchange): Sending {
    const at = this.#unasked.findIndex((entry) => identify(entry.request) === identify(request));
    if (at < 0) throw new Error(`The replay asks for what is not recorded: ${identify(request)}`);
    const [entry] = this.#unasked.splice(at, 1);
    return new Playback(regroup(entry?.sounds ?? [], this.#grouping), hearer, this.#pace);
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
  #isPlaying = false;

  constructor(sounds: readonly Sound[], hearer: Hearer, pace: Pace) {
    this.#sounds = [...sounds];
    this.#hearer = hearer;
    this.#pace = pace;
    this.#play();
  }

  abort(): void {
    this.#sounds.length = 0;
  }

  pause(): void {}

  resume(): void {
    this.#play();
  }

  #play(): void {
    if (this.#isPlaying) return;
    this.#isPlaying = true;
    if (this.#pace === "at once") while (this.#say());
    else setImmediate(() => this.#sayInTurns());
    if (this.#pace === "at once") this.#isPlaying = false;
  }

  #sayInTurns(): void {
    if (this.#say()) setImmediate(() => this.#sayInTurns());
    else this.#isPlaying = false;
  }

  /** @returns Whether it may go on. */
  #say(): boolean {
    const sound = this.#sounds.shift();
    if (sound === undefined) return false;
    if (sound.kind === "chunk") return this.#hearer.chunk(sound.bytes);
    if (sound.kind === "head") this.#hearer.head(sound.head);
    else if (sound.kind === "end") this.#hearer.end();
    else this.#hearer.fail(revive(sound.error));
    return true;
  }
}

/** Boundaries of multipart bodies are made by chance. */
function identify({ method, url, headers, body }: OutgoingRequest): string {
  const boundary = /boundary=(\S+)/.exec(headers.join(" "))?.[1];
  const text = Buffer.from(body ?? []).toString("latin1");
  return `${method} ${url} ${boundary === undefined ? text : text.replaceAll(boundary, "")}`;
}

function regroup(sounds: readonly Sound[], grouping: Grouping): readonly Sound[] {
  if (grouping === "as recorded") return sounds;
  const body = Buffer.concat(sounds.flatMap((sound) => (sound.kind === "chunk" ? [sound.bytes] : [])));
  const chunks = grouping === "together" ? [body] : cut(body, Math.ceil(body.length / 1000));
  const others = sounds.filter(({ kind }) => kind !== "chunk");
  const [head, ...rest] = others;
  if (head?.kind !== "head") return others;
  return [head, ...chunks.map((bytes): Sound => ({ kind: "chunk", bytes })), ...rest];
}

function cut(body: Buffer, size: number): Buffer[] {
  const count = size === 0 ? 0 : Math.ceil(body.length / size);
  return Array.from({ length: count }, (_, index) => body.subarray(index * size, (index + 1) * size));
}

function keep(error: Error): KeptError {
  const errors = error instanceof AggregateError ? error.errors.map((each) => keep(each as Error)) : undefined;
  const { stack: _, message: __, ...details } = Object.fromEntries(Object.entries(error));
  // What is kept is text, so that nothing of the live error comes through.
  return JSON.parse(JSON.stringify({ name: error.name, message: error.message, details, errors })) as KeptError;
}

function revive({ name, message, details, errors }: KeptError): Error {
  const error = errors === undefined ? new Error(message) : new AggregateError(errors.map(revive), message);
  if (error.name !== name) Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  return Object.assign(error, details);
}

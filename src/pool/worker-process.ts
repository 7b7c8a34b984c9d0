import type { Env, Timer } from "../core/env.ts";
import { createLineRedact, type Redact } from "../core/redact.ts";
import type { LeaseKey } from "../core/run.ts";
import type { Runtime } from "../core/runtime.ts";
import type { ClientCalls } from "../protocol/client-calls.ts";
import { receivedError, type SentError } from "../protocol/sent-error.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";
import type { Beat, WorkerStart } from "../protocol/worker-process.ts";
import { type Child, type ProcessEnd, startChild } from "./child.ts";
import { Gate } from "./gate.ts";
import type { LeaseBook } from "./lease-book.ts";
import { leaseNews } from "./lease-news.ts";
import { saysHeapIsFull } from "./loss.ts";
import { LastLines } from "./output.ts";
import { type KillReason, Pulse, type PulseLimits } from "./pulse.ts";

export interface WorkerProcessOptions {
  readonly env: Env;
  readonly calls: ClientCalls & WorkerCalls;
  /** Where it gets its runs. */
  readonly lease: WorkerCalls["lease"];
  readonly start: WorkerStart;
  readonly program: URL;
  readonly runtime: Runtime;
  /** Memory that it may use. Absent: as much as there is. */
  readonly memoryMb?: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly limits: PulseLimits;
  readonly book: LeaseBook<WorkerProcess>;
  /** Takes secrets out of what the process prints. */
  readonly redact: Redact;
  /** What it holds may have changed. */
  readonly onHeard?: () => void;
  readonly onBeat?: () => void;
  readonly onOutput: (line: OutputLine) => void;
  readonly onProblem: (error: unknown) => void;
}

/** A line that user code printed. */
export interface OutputLine {
  readonly pid: number;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/** How a process ended, and whether it was the pool that ended it. */
export interface WorkerEnd extends ProcessEnd {
  readonly killedFor?: KillReason;
}

const LOOK_MS = 250;
/** A process whose event loop has shown no sign of life for so long takes no run that another could begin at once. */
const AWAY_MS = 500;
/** A lease is renewed three times before it ends. */
const RENEWALS_PER_LEASE = 3;
/** A worker whose event loop goes round ends a run that is past its `maxDuration` by itself; when it has not after so long, it cannot. */
const OVERDUE_MS = 1_000;

/** One worker process, seen from its node: what it asks is passed on, and whether it lives is told from outside. */
export class WorkerProcess {
  readonly #options: WorkerProcessOptions;
  readonly #child: Child;
  readonly #redact: Readonly<Record<OutputLine["stream"], Redact>>;
  readonly #pulse = new Pulse();
  readonly #gate: Gate<WorkerProcess>;
  readonly lastLines = new LastLines();
  /** Resolves when it has ended and what it reported has been answered. */
  readonly ended: Promise<WorkerEnd>;
  #look: Timer | undefined;
  #isHeapFull = false;
  #hasExited = false;
  #isLeaving = false;
  #killedFor: KillReason | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(options: WorkerProcessOptions) {
    const { env, program, runtime, memoryMb, variables, start, onProblem } = options;
    this.#options = options;
    this.#redact = { stdout: createLineRedact(options.redact), stderr: createLineRedact(options.redact) };
    this.#gate = new Gate({
      ...options,
      holder: this,
      keepWarm: start.keepWarm,
      isAway: () => this.#isAway,
    });
    this.#child = startChild({
      env,
      program,
      runtime,
      ...(memoryMb === undefined ? {} : { memoryMb }),
      variables,
      onProblem,
      answer: (call, input) => this.#gate.pass(call, input),
      onNews: (name, content) => this.#hear(name, content),
      onBeat: (beat) => this.#onBeat(beat),
      onLine: (stream, text) => this.#onLine(stream, text),
      onExit: () => this.#onExit(),
    });
    this.ended = this.#end();
    this.#lookLater();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** It takes runs. */
  get isReady(): boolean {
    return this.#pulse.isReady && !this.#hasExited;
  }

  /** It has taken runs at some time. */
  get wasReady(): boolean {
    return this.#pulse.isReady;
  }

  /** It has printed that it has no memory left. */
  get isHeapFull(): boolean {
    return this.#isHeapFull;
  }

  /** It was asked to stop, or says that it does. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  get lastBeat(): Beat {
    return this.#pulse.last;
  }

  /** @throws {PerdureError} What kept it from loading its tasks, or `PIPE_CLOSED` when it ended instead. */
  async start(): Promise<void> {
    await this.#child.pipe.ask("start", this.#options.start);
    this.#pulse.ready();
  }

  /** Lets it hand its runs back and end; after `graceMs` it is killed. */
  async stop(graceMs: number): Promise<void> {
    this.#isLeaving = true;
    const patience = this.#options.env.timer(graceMs, () => this.kill("stop"));
    // A process that still loads its tasks has nothing to hand back, and ends when its pipe does.
    if (this.isReady) await this.#child.pipe.ask("stop", undefined).catch(() => undefined);
    this.#child.pipe.close();
    await this.ended;
    patience.clear();
    await this.#gate.settled();
  }

  kill(reason?: KillReason): void {
    this.#killedFor ??= reason;
    this.#child.kill();
  }

  poke(runId: string): void {
    this.#child.pipe.tell("poke", runId);
  }

  async #end(): Promise<WorkerEnd> {
    const end = await this.#child.ended;
    await this.#gate.settled();
    return this.#killedFor === undefined ? end : { ...end, killedFor: this.#killedFor };
  }

  #hear(name: string, content: unknown): void {
    const { book, env } = this.#options;
    if (name === "begun") book.begin(this, content as readonly LeaseKey[], env.monotonic());
    else if (name === "given-up") this.#giveUp(content as LeaseKey);
    else if (name === "problem") this.#options.onProblem(receivedError(content as SentError));
    else if (name === "leaving") this.#isLeaving = true;
  }

  /** Until its lease ends the run is nobody's. Renewed for this process it would stay so, and hold a place. */
  #giveUp(lease: LeaseKey): void {
    this.#options.book.hear(this, { ended: [lease] });
    this.#options.onHeard?.();
  }

  #onBeat(beat: Beat): void {
    const { memoryMb } = this.#options;
    this.#pulse.beat(beat);
    if (memoryMb !== undefined && beat.rssMb > memoryMb) this.kill("memory");
    // A worker whose event loop goes round renews by itself, and only what it still executes. For one that is kept busy we do
    // it, as long as its heart beats: a busy CPU is not a crash.
    if (beat.stalledMs > 0) void this.#renew();
    this.#options.onBeat?.();
  }

  async #renew(): Promise<void> {
    const { env, calls, book, onProblem } = this.#options;
    const now = env.monotonic();
    const leases = book.heldBy(this);
    if (leases.length === 0 || now - this.#renewedAt < (book.leaseMs ?? 0) / RENEWALS_PER_LEASE) return;
    this.#renewedAt = now;
    const input = { workerId: `${this.pid}`, leases };
    try {
      book.hear(this, leaseNews("renew", input, await calls.renew(input)));
    } catch (error) {
      onProblem(error);
    }
  }

  #lookLater(): void {
    const { env, limits } = this.#options;
    this.#look = env.timer(LOOK_MS, () => {
      const reason = this.#pulse.look(LOOK_MS, limits) ?? (this.#isOverdue ? "duration" : undefined);
      if (reason !== undefined) return this.kill(reason);
      this.#lookLater();
      // What it was given before it could take it must not be lost meanwhile.
      if (!this.isReady) void this.#renew();
    });
  }

  /** The code of a run keeps the event loop from noticing that its time is over. */
  get #isOverdue(): boolean {
    const { env, book } = this.#options;
    return this.lastBeat.stalledMs > OVERDUE_MS && book.isOverdue(this, env.monotonic(), OVERDUE_MS);
  }

  /** It takes no run that another could begin at once. */
  get #isAway(): boolean {
    return this.#isLeaving || this.#hasExited || this.lastBeat.stalledMs > AWAY_MS;
  }

  #onLine(stream: OutputLine["stream"], printed: string): void {
    const text = this.#redact[stream](printed);
    if (stream === "stderr") this.lastLines.add(text);
    this.#isHeapFull ||= stream === "stderr" && saysHeapIsFull(text);
    this.#options.onOutput({ pid: this.pid ?? 0, stream, text });
  }

  #onExit(): void {
    this.#hasExited = true;
    this.#look?.clear();
  }
}

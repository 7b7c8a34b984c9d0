import type { Env, Timer } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import { createLineRedact, type Redact } from "../core/redact.ts";
import type { LeaseKey } from "../core/run.ts";
import type { ClientCalls } from "../protocol/client-calls.ts";
import { receivedError, type SentError } from "../protocol/sent-error.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";
import { type Beat, isForWorkers, isNodeCall, type NodeCall, type WorkerStart } from "../protocol/worker-process.ts";
import { type Child, type ProcessEnd, startChild } from "./child.ts";
import type { LeaseBook } from "./lease-book.ts";
import { leaseNews } from "./lease-news.ts";
import { LastLines } from "./output.ts";
import { type KillReason, Pulse, type PulseLimits } from "./pulse.ts";

export interface WorkerProcessOptions {
  readonly env: Env;
  readonly calls: ClientCalls & WorkerCalls;
  readonly program: URL;
  readonly variables: Readonly<Record<string, string>>;
  readonly limits: PulseLimits;
  readonly book: LeaseBook<WorkerProcess>;
  /** Takes secrets out of what the process prints. */
  readonly redact: Redact;
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
/** Calls by which a worker gives a lease back or writes under it; what a dead process said last must be heard before it loses its leases. */
const REPORTS: ReadonlySet<NodeCall> = new Set(["record", "triggerFrom", "park", "unpark", "finish", "release"]);

/** One worker process, seen from its node: what it asks is passed on, and whether it lives is told from outside. */
export class WorkerProcess {
  readonly #options: WorkerProcessOptions;
  readonly #child: Child;
  readonly #redact: Readonly<Record<OutputLine["stream"], Redact>>;
  readonly #pulse = new Pulse();
  readonly #reports = new Set<Promise<unknown>>();
  readonly lastLines = new LastLines();
  /** Resolves when it has ended and what it reported has been answered. */
  readonly ended: Promise<WorkerEnd>;
  #look: Timer | undefined;
  #hasExited = false;
  #isLeaving = false;
  #killedFor: KillReason | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(options: WorkerProcessOptions) {
    const { env, program, variables, onProblem } = options;
    this.#options = options;
    this.#redact = { stdout: createLineRedact(options.redact), stderr: createLineRedact(options.redact) };
    this.#child = startChild({
      env,
      program,
      variables,
      onProblem,
      answer: (call, input) => this.#passOn(call, input),
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

  get lastBeat(): Beat {
    return this.#pulse.last;
  }

  /** @throws {PerdureError} What kept it from loading its tasks, or `PIPE_CLOSED` when it ended instead. */
  async start(input: WorkerStart): Promise<void> {
    await this.#child.pipe.ask("start", input);
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
    await Promise.allSettled(this.#reports);
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
    await Promise.allSettled(this.#reports);
    return this.#killedFor === undefined ? end : { ...end, killedFor: this.#killedFor };
  }

  async #passOn(call: string, input: unknown): Promise<unknown> {
    if (!isNodeCall(call)) throw perdureError("INTERNAL", { problem: `a worker process asked its node for ${call}` });
    if (!isForWorkers(call)) throw perdureError("ROOT_KEY_NEEDED", { call });
    const answer = this.#ask(call, input);
    return REPORTS.has(call) ? this.#untilAnswered(answer) : answer;
  }

  async #untilAnswered<Answer>(answer: Promise<Answer>): Promise<Answer> {
    this.#reports.add(answer);
    return answer.finally(() => this.#reports.delete(answer));
  }

  /**
   * A request for runs stays open at the node when its process stops or dies, and may then get the very runs that were given
   * back; and one that is busy would sit on new runs until it comes to read that it has them.
   */
  get #isAway(): boolean {
    return this.#isLeaving || this.#hasExited || this.lastBeat.stalledMs > AWAY_MS;
  }

  async #ask(call: NodeCall, input: unknown): Promise<unknown> {
    const { calls, book } = this.#options;
    const answer = await (calls as Record<NodeCall, (input: unknown) => Promise<unknown>>)[call](input);
    const news = leaseNews(call, input, answer);
    if (this.#isAway && news.gained !== undefined) {
      await this.#untilAnswered(this.#handBack(news.gained));
      return { ...(answer as object), runs: [] };
    }
    book.hear(this, news);
    return answer;
  }

  /** Runs that no process has seen. */
  async #handBack(leases: readonly LeaseKey[]): Promise<void> {
    const { calls, onProblem } = this.#options;
    if (leases.length > 0) await calls.release({ workerId: `${this.pid}`, leases }).catch(onProblem);
  }

  #hear(name: string, content: unknown): void {
    if (name === "problem") this.#options.onProblem(receivedError(content as SentError));
    else if (name === "leaving") this.#isLeaving = true;
  }

  #onBeat(beat: Beat): void {
    this.#pulse.beat(beat);
    // A worker whose event loop goes round renews by itself, and only what it still executes. For one that is kept busy we do
    // it, as long as its heart beats: a busy CPU is not a crash.
    if (beat.stalledMs > 0) void this.#renew();
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
      const reason = this.#pulse.look(LOOK_MS, limits);
      if (reason === undefined) this.#lookLater();
      else this.kill(reason);
    });
  }

  #onLine(stream: OutputLine["stream"], printed: string): void {
    const text = this.#redact[stream](printed);
    if (stream === "stderr") this.lastLines.add(text);
    this.#options.onOutput({ pid: this.pid ?? 0, stream, text });
  }

  #onExit(): void {
    this.#hasExited = true;
    this.#look?.clear();
  }
}

import type { EffectPolicy } from "../core/effect-mode.ts";
import type { Entry } from "../core/entry.ts";
import { failureOfCode } from "../core/failure.ts";
import type { LogLine } from "../core/log-line.ts";
import type { LeasedRun, LeaseKey, Run } from "../core/run.ts";
import type { AttemptOutcome, FinishAnswer } from "../protocol/worker-calls.ts";
import type { AnyTask } from "../sdk/index.ts";
import type { Ask } from "./ask.ts";
import type { WorkerDeps } from "./deps.ts";
import { RunEffects } from "./effects/run-effects.ts";
import { UnrecordedMarks } from "./effects/unrecorded-marks.ts";
import { ensureInterception } from "./interception/install.ts";
import type { Journal } from "./journal.ts";
import { LeaseClock } from "./lease.ts";
import { Metadata } from "./metadata.ts";
import { openJournal } from "./open-journal.ts";
import { Parking } from "./parking.ts";
import { Recorder } from "./recorder.ts";
import { effectsOf } from "./registry.ts";
import { type Halt, runCode } from "./run-code.ts";
import { RunLog } from "./run-log.ts";
import { type Stall, Stalls } from "./stalls.ts";
import { Steps } from "./steps.ts";
import { Tags } from "./tags.ts";
import { Timers } from "./timers.ts";
import { UncertainSteps } from "./uncertain-steps.ts";
import { Waits } from "./waits.ts";

/** How long canceled code, and steps of an attempt that failed, may go on before they are left behind. */
const GRACE_MS = 30_000;

/**
 * What an attempt fails at is the last of these that its code saw: an answer, whatever it says, or a step that failed. A step that
 * went well is kept by every attempt.
 */
function canFailAnAttempt({ kind, outcome }: Entry): boolean {
  return kind === "step" ? outcome === "failed" : ANSWERS.has(kind);
}

const ANSWERS: ReadonlySet<Entry["kind"]> = new Set(["children", "request", "head", "body", "end"]);

/**
 * One run's code, alive in this process: from a lease to its end, over any number of waits that it survives in memory.
 *
 * Its parts each know one thing: `Journal` the order of results, `Recorder` the way to the disk, `Steps`, `Waits` and
 * `Metadata` what the code can ask for. What happens when it halts is decided in `attempt.ts`.
 */
export class Execution {
  readonly deps: WorkerDeps;
  readonly recorder: Recorder;
  readonly journal: Journal;
  readonly steps: Steps;
  readonly uncertain: UncertainSteps;
  readonly waits: Waits;
  readonly metadata: Metadata;
  readonly tags: Tags;
  readonly parking: Parking;
  readonly lease: LeaseClock;
  readonly log: RunLog;
  readonly unrecorded: UnrecordedMarks;
  readonly abort = new AbortController();
  readonly effectPolicy: EffectPolicy;
  /** Absent where nothing is recorded without being asked. */
  readonly effects: RunEffects | undefined;
  #run: LeasedRun;
  #halted: ((halt: Halt) => void) | undefined;
  #halt: Halt | undefined;
  #hasStarted = false;
  #isClosed = false;
  #isCanceled = false;
  #isLost = false;
  #isEnding = false;
  #onlyListens = false;
  /** The key of what the code saw last that it may have failed at. */
  #latestEffect: string | undefined;
  #isReporting = false;
  /** When it got its slot, by the monotonic clock. */
  #begunAt: number;
  /** An undo of this run is executing. */
  isUndoing = false;
  #outcome: Halt | undefined;
  readonly timers: Timers;
  readonly #stalls: Stalls;
  #whenLost: () => void = () => undefined;
  /** Resolves when this worker no longer owns the run; what it was about to say is then never answered. */
  readonly lost: Promise<void>;

  constructor(run: LeasedRun, deps: WorkerDeps) {
    this.#run = run;
    this.deps = deps;
    this.#begunAt = deps.env.monotonic();
    this.lost = new Promise((resolve) => {
      this.#whenLost = resolve;
    });
    this.lease = new LeaseClock(deps.env);
    this.timers = new Timers(deps.env);
    this.#stalls = new Stalls(deps.env, () => this.recorder);
    this.recorder = new Recorder({
      calls: deps.calls,
      key: () => this.key,
      entrySeq: run.entrySeq,
      takeClock: () => this.effects?.takeClock(),
      // A line that is logged before an entry is at the node before it: a replay that finds the entry does not tell it again.
      onSending: () => {
        void deps.logs.flushRun(run.id);
        this.#noteOwnStall();
      },
      onLost: (reason) => (reason === undefined ? this.lose() : this.loseTo(reason)),
    });
    this.journal = openJournal(this, {
      mayBegin: () => !this.#onlyListens,
      onResult: (entry) => {
        if (canFailAnAttempt(entry)) this.#latestEffect = entry.key;
      },
      onDiverged: (diff) => this.#stop({ kind: "diverged", diff }),
    });
    this.steps = new Steps(this);
    this.uncertain = new UncertainSteps(this);
    this.waits = new Waits(this);
    this.metadata = new Metadata(this);
    this.tags = new Tags(this);
    this.parking = new Parking(this);
    this.log = new RunLog(this);
    this.unrecorded = new UnrecordedMarks(this);
    this.effectPolicy = effectsOf(deps, run.task);
    this.effects = this.effectPolicy.mode === "steps-only" ? undefined : new RunEffects(this);
  }

  /** The run as its latest lease gave it. */
  get run(): LeasedRun {
    return this.#run;
  }

  get key(): LeaseKey {
    return { runId: this.#run.id, epoch: this.#run.epoch };
  }

  get isParked(): boolean {
    return this.parking.isParked;
  }

  get hasEnded(): boolean {
    return this.#outcome !== undefined;
  }

  /** Its code has thrown, or the attempt is being reported without its code having come to its end: nothing is begun any more. */
  get hasFailed(): boolean {
    return (this.hasEnded || this.#isReporting) && this.#outcome?.kind !== "returned";
  }

  /** The code may be at work on something that we know nothing of, or in a step. */
  get isInUserCode(): boolean {
    if (this.#isClosed || this.isParked) return false;
    if (this.steps.active > 0 || this.isUndoing || this.effects?.requests.areIdle === false) return true;
    if (this.#outcome !== undefined || this.#run.phase === "undoing") return false;
    const isWaiting = this.waits.waitingOn.length > 0 || this.effects?.timers.areIdle === false;
    return this.journal.isQuiet && !isWaiting && this.waits.areSettled;
  }

  /** The code has made a request for real, and nothing else that takes its own time. */
  get isWaitingOutside(): boolean {
    return !this.#isClosed && !this.isParked && this.steps.active === 0 && this.effects?.requests.areIdle === false;
  }

  /** Whether the code is at work cannot be told from here: it has not come to what its journal holds. */
  get isInDoubt(): boolean {
    return !this.#isClosed && (this.journal.isInDoubt || (this.#run.phase === "undoing" && !this.isUndoing));
  }

  /** Its code has come to its end, and the node is being told. */
  get isReporting(): boolean {
    return this.#isReporting;
  }

  /** For how long it has had its slot. */
  get heldMs(): number {
    return this.deps.env.monotonic() - this.#begunAt;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves at the next halt. The first call starts the code. */
  async untilHalt(task: AnyTask): Promise<Halt> {
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      void this.#start(task);
    }
    this.#limitDuration();
    return new Promise((resolve) => {
      this.#halted = resolve;
      if (this.#halt !== undefined) this.#stop(this.#halt);
      else this.changed();
    });
  }

  /**
   * True when this execution is where the run stood when the store last heard of it, so that it can simply go on. Whoever had
   * the run in between may have begun waits, which are no entries.
   */
  canContinue(run: Run): boolean {
    return (
      !this.#isClosed &&
      !this.#isLost &&
      run.epoch === this.#run.epoch + 1 &&
      run.journal === this.#run.journal &&
      run.entrySeq === this.recorder.entrySeq &&
      run.phase === this.#run.phase
    );
  }

  /** Asks through the journal; once the code has thrown, asks of its other branches stay open. */
  ask(ask: Ask): void {
    if (!this.hasFailed) this.whenLeased(() => this.journal.ask(ask));
  }

  /** Writes what is pending; resolves when it is on disk. */
  flush(): Promise<void> {
    return new Promise((resolve) => this.whenLeased(() => void this.recorder.flush().then(resolve)));
  }

  /** At once; from a parked run when it has been leased again, and never from one that is closed. */
  whenLeased(action: () => void): void {
    if (this.#isClosed) return;
    if (this.parking.isParked) this.parking.callBack(action);
    else action();
  }

  /** Goes on under a new lease. */
  continue(run: LeasedRun): void {
    this.#run = run;
    this.#begunAt = this.deps.env.monotonic();
    this.#halt = undefined;
    this.uncertain.noteRecorded();
    this.parking.end();
  }

  /** Something that the run waits for may have happened. */
  poke(): void {
    if (!this.#isClosed && !this.isParked) void this.waits.refresh();
  }

  noteStall(stall: Stall, runs: number): void {
    if (!this.#isClosed && !this.isParked) this.#stalls.note(stall, runs);
  }

  /** Code that computes for long and then ends leaves the event loop no time to notice before the end is told. */
  #noteOwnStall(): void {
    const { stall, runs } = this.deps.ownStall();
    if (stall !== undefined) this.#stalls.note(stall, runs);
  }

  cancel(): void {
    if (this.#isCanceled || this.#isClosed) return;
    this.#isCanceled = true;
    this.abort.abort(new Error("The run was canceled."));
    this.timers.set(GRACE_MS, () => this.#stop({ kind: "canceled" }));
    this.changed();
  }

  /** Reports how the attempt ended, together with whatever is not written yet. */
  finish(outcome: AttemptOutcome): Promise<FinishAnswer> {
    this.#isReporting = true;
    this.unrecorded.caughtUp();
    if (outcome.kind !== "diverged") this.log.end();
    this.deps.onReporting(this.heldMs);
    return this.recorder.send(
      (append) => this.deps.calls.finish({ ...this.key, append, outcome }),
      () => true,
    );
  }

  lose(): void {
    this.#isLost = true;
    this.#whenLost();
    this.#stop({ kind: "lost" });
  }

  /** What the node did not answer leaves open where we stand; whoever leases the run next finds out from the store. */
  loseTo(error: unknown): void {
    if (this.#isClosed) return;
    this.deps.onProblem(error);
    this.deps.onGivenUp(this.key);
    this.lose();
  }

  /** Resolves once the lease is known to hold, so that nothing outward is begun past its end. */
  async trustedLease(): Promise<void> {
    while (!this.lease.isTrusted && !this.#isClosed) await this.deps.confirmLeases();
  }

  get logOrigin(): Omit<LogLine, "level" | "source" | "message"> {
    const { id, task, attempt, epoch } = this.#run;
    return { at: this.deps.env.now(), runId: id, task, attempt, epoch };
  }

  /** Ends the run's scope: what its code asks from now on stays open for ever. */
  close(): void {
    this.#isClosed = true;
    this.journal.close();
    this.waits.disarm();
    this.metadata.disarm();
    this.effects?.timers.clear();
    this.timers.clear();
  }

  /** Resolves when nothing more can come of the code without `untilHalt`; for those who run it for something else. */
  get halted(): Promise<Halt> {
    return new Promise((resolve) => {
      this.#halted = resolve;
    });
  }

  async #start(task: AnyTask): Promise<void> {
    if (this.effects !== undefined) ensureInterception();
    try {
      await this.journal.open();
    } catch (error) {
      return this.loseTo(error);
    }
    const replayed = this.#replay();
    // Nothing is recorded yet: code that ends its process in its first line has then logged what it said before.
    if (this.#run.epoch === 1) await replayed;
    void this.#perform(task);
  }

  /** Runs the code to hear what it asks, and begins nothing. */
  async listen(task: AnyTask): Promise<void> {
    this.#onlyListens = true;
    await this.journal.open();
    // When the code throws, its other branches go on, and what they ask for is still delivered to them.
    void runCode(this, task).then(({ kind }) => kind === "returned" && this.journal.returned());
    await this.journal.replay();
  }

  async #replay(): Promise<void> {
    try {
      await this.journal.replay();
      const toldBefore = await this.log.toldBefore();
      this.log.catchUp(toldBefore);
      this.journal.goLive();
      this.metadata.caughtUp();
      this.tags.caughtUp();
      this.unrecorded.caughtUp();
      this.changed();
    } catch (error) {
      this.loseTo(error);
    }
  }

  async #perform(task: AnyTask): Promise<void> {
    const outcome = await runCode(this, task);
    if (outcome.kind === "returned") this.journal.returned();
    else this.journal.abandon();
    this.#outcome = outcome.kind === "threw" ? this.#threw(outcome) : outcome;
    if (this.parking.isParked) this.parking.callBack();
    else this.changed();
  }

  #threw(outcome: Extract<Halt, { kind: "threw" }>): Halt {
    if (this.#isCanceled) return { kind: "canceled" };
    return this.#latestEffect === undefined ? outcome : { ...outcome, resumeBefore: this.#latestEffect };
  }

  /** Halts when the code has ended, or when nothing of it goes on without an answer from outside. */
  changed(): void {
    if (this.#isClosed || this.isParked) return;
    const outcome = this.#outcome;
    if (outcome !== undefined && (outcome.kind !== "returned" || this.journal.isLive)) this.#end(outcome);
    else if (this.#isIdle()) this.#haltUnlessChanged();
  }

  /**
   * Steps that are under way when the code throws come to their end first, so that the next attempt keeps them and an undo
   * neither overtakes them nor lacks their result.
   */
  #end(outcome: Halt): void {
    if (outcome.kind === "returned" || this.steps.areIdle) {
      this.#stop(outcome);
    } else if (!this.#isEnding) {
      this.#isEnding = true;
      this.timers.set(GRACE_MS, () => this.#stop(outcome));
    }
  }

  #haltUnlessChanged(): void {
    const seen = this.journal.activity;
    this.deps.env.turn(() => {
      if (seen !== this.journal.activity || !this.#isIdle() || this.isParked) return;
      if (this.#isCanceled) this.#stop({ kind: "canceled" });
      else if (this.waits.waitingOn.length > 0) this.#stop({ kind: "blocked", waitingOn: this.waits.waitingOn });
    });
  }

  #isIdle(): boolean {
    return (
      !this.#isClosed &&
      this.journal.isDrained &&
      this.steps.areIdle &&
      this.waits.areSettled &&
      this.effects?.areIdle !== false
    );
  }

  #limitDuration(): void {
    const { maxDurationMs, activeMs, id } = this.#run;
    if (maxDurationMs === undefined) return;
    const seconds = maxDurationMs / 1_000;
    const spentMs = activeMs + this.heldMs;
    this.timers.set(maxDurationMs - spentMs, () => {
      const failure = failureOfCode("timed_out", "MAX_DURATION_EXCEEDED", { runId: id, seconds });
      this.abort.abort(new Error(failure.message));
      this.#stop({ kind: "threw", failure });
    });
  }

  #stop(halt: Halt): void {
    if (this.#isClosed) return;
    const halted = this.#halted;
    // Nobody listens while the run is being parked. That it was blocked is found again; any other halt must not get lost.
    if (halted === undefined) {
      if (halt.kind !== "blocked") this.#halt = halt;
      return;
    }
    this.#halted = undefined;
    this.log.tellLeftOut();
    this.timers.clear();
    this.#halt = undefined;
    halted(halt);
  }
}

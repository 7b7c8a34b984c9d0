/**
 * Every error that Perdure itself raises: a stable code, the HTTP status it has on the wire, a sentence that says what
 * happened to what, and what to do about it. `{name}` stands for a detail. The page `docs/errors.md` is generated from it.
 */
export const ERRORS = {
  PAYLOAD_INVALID: { status: 422, sentence: "The payload for task {task} does not fit its schema: {problems}.", cure: "Send a payload that the task's schema accepts; nothing was stored." },
  VALUE_TOO_LARGE: { status: 413, sentence: "{what} is {size} characters of JSON; the limit is {limit}.", cure: "Store the data elsewhere and pass a reference, or split it." },
  VALUE_NOT_SERIALIZABLE: { status: 422, sentence: "{what} cannot be stored as JSON: {problem}.", cure: "Pass plain data: objects, arrays, strings, numbers, dates, maps, sets; no cycles, functions or handles." },
  OPTION_INVALID: { status: 400, sentence: "{what}: {problem}.", cure: "Correct the option; the guide lists what each accepts." },
  OPTION_UNSUPPORTED: { status: 400, sentence: "{what} has the option {option}, which this version cannot enforce.", cure: "Remove the option: Perdure refuses what it would have to ignore." },
  DURATION_INVALID: { status: 400, sentence: "{given} is not a valid {what}.", cure: 'Write a duration such as "30s", "1h30m", "2 days" or { minutes: 5 }, or a date where a date is meant.' },
  TASK_UNKNOWN: { status: 404, sentence: "There is no task {task}.", cure: "Pass the task to createPerdure({ tasks }), or check its id." },
  TASK_DUPLICATE: { status: 409, sentence: "Two tasks have the id {task}{where}.", cure: "Give each task an id of its own." },
  TASK_INVALID: { status: 400, sentence: "The task {task} is not valid: {problem}.", cure: "Define tasks with task({ id, run })." },
  TASK_FILES_MISSING: { status: 404, sentence: "There are no task files: {problem}.", cure: "Put them into a folder tasks or trigger, or name their folders in perdure.config.ts: dirs." },
  TASK_FILE_THREW: { status: 422, sentence: "{where} threw an error while it was imported: {problem}.", cure: "Code outside of tasks runs whenever a worker starts: move what can fail into run, and check the environment variables that it needs." },
  TASK_FILES_HUNG: { status: 408, sentence: "The task files were not imported within {seconds} s.", cure: "Look for a loop or an await outside of tasks that does not end." },
  TASK_FILES_EXITED: { status: 422, sentence: "The process that imported the task files ended {how}.", cure: "Look for process.exit(), or for code outside of tasks that needs too much memory or waits for nothing." },
  TASKS_NOT_EXPORTED: { status: 422, sentence: "The task files export no task.", cure: "Export what task() returns: export const hello = task({ id, run })." },
  CONFIG_INVALID: { status: 400, sentence: "The configuration {file} cannot be used: {problem}.", cure: 'Export it by default: export default defineConfig({ dirs: ["tasks"] }).' },
  BUILD_FAILED: { status: 422, sentence: "The task files cannot be bundled:\n{problems}.", cure: "Correct these places; a package that cannot be bundled is named in perdure.config.ts: external." },
  RUN_NOT_FOUND: { status: 404, sentence: "There is no run {runId}.", cure: "Check the id; finished runs are deleted after the retention time." },
  QUEUE_NOT_FOUND: { status: 404, sentence: "There is no queue {queue}.", cure: "Check the name; that of a task's own queue is task/<task id>, and perdure queues list shows all of them." },
  RUN_FINAL: { status: 409, sentence: "Run {runId} is {status} already.", cure: "Replay it to get a new run." },
  RUN_NOT_HELD: { status: 409, sentence: "Run {runId} is {status} and not held, so it cannot be restarted.", cure: "Only a run held after a divergence is restarted; replay others." },
  PARENT_FINAL: { status: 422, sentence: "Run {runId} cannot start children: it is {status}.", cure: "Trigger from a run that is still executing, or without a parent." },
  RUN_TOO_DEEP: { status: 422, sentence: "Run {runId} would be {depth} levels below its root; the limit is {limit}.", cure: "Look for a task that triggers itself without end." },
  OUTSIDE_RUN: { status: 400, sentence: "{call} was called outside a run.", cure: "Call it in the run function of a task; elsewhere use trigger() and runs.poll()." },
  WAIT_IN_STEP: { status: 400, sentence: "{call} was called inside the step {step}.", cure: "Wait before or after the step: a step is one unit whose result is recorded." },
  STEP_IN_STEP: { status: 400, sentence: "The step {inner} was started inside the step {step}.", cure: "Call it beside the step, or make it an ordinary function." },
  STEP_KEY_MISSING: { status: 422, sentence: "The step {step} occurred more than once without a key, so a new attempt cannot tell which result is whose.", cure: "Give each a key: step.run(name, fn, { key: item.id })." },
  CLIENT_MISSING: { status: 400, sentence: "{call} needs a Perdure to speak to: none was started in this process, and none is configured.", cure: "Call createPerdure({ db, tasks }) first, or set PERDURE_API_URL and PERDURE_SECRET_KEY to those of a server." },
  CLIENT_AMBIGUOUS: { status: 400, sentence: "{call} does not say which of the {count} running instances it means.", cure: "Use the methods of the instance: perdure.tasks.trigger(…), perdure.runs.…" },
  STOPPED: { status: 503, sentence: "This Perdure has been stopped.", cure: "Start a new one with createPerdure()." },
  JOURNAL_DIVERGED: { status: 409, sentence: "Run {runId} cannot continue: its code asks for something other than its journal holds.\n{diff}", cure: "Restore the code that started it, restart the run with its kept steps (runs.restart), replay it, or cancel it." },
  JOURNAL_TOO_LARGE: { status: 422, sentence: "The journal of run {runId} has {entries} entries and {bytes} bytes; the limits are {maxEntries} and {maxBytes}.", cure: "Split the work into child runs." },
  MAX_DURATION_EXCEEDED: { status: 408, sentence: "Run {runId} was executing for longer than its maxDuration of {seconds} s.", cure: "Raise maxDuration, or split the work." },
  RUN_EXPIRED: { status: 410, sentence: "Run {runId} did not start within its TTL.", cure: "Raise the ttl, add capacity, or trigger it again." },
  CRASHED: { status: 500, sentence: "{count} continuations of run {runId} in a row ended without a new entry in its journal.", cure: "Look for code that ends the process or needs too much memory." },
  UNDO_INCOMPLETE: { status: 500, sentence: "Run {runId} ended, and these undos could not be done: {steps}.", cure: "Undo them by hand; the run's events say what each returned." },
  UNDO_FAILED: { status: 500, sentence: "The undo of step {step} failed: {problem}.", cure: "Undo it by hand." },
  CHILD_FAILED: { status: 500, sentence: "Run {runId} of task {task}, which this run waited for, did not complete: {problem}.", cure: "See that run; catch the error to go on without it." },
  LEASE_LOST: { status: 409, sentence: "This worker no longer owns run {runId}.", cure: "Nothing to do: another worker continues it." },
  SERVER_NOT_CONFIGURED: { status: 400, sentence: "No server is configured.", cure: "Set PERDURE_API_URL to its address and PERDURE_SECRET_KEY to its key." },
  SERVER_UNREACHABLE: { status: 503, sentence: "No answer came from {url}: {problem}.", cure: "Check that Perdure is running there and that PERDURE_API_URL names it; whether the call was carried out is unknown, and sending it again with the same idempotency key is safe." },
  SERVER_REFUSED: { status: 502, sentence: "The server at {url} refused the call: {problem}.", cure: "It may be newer than this SDK: update the SDK, or look up there what the answer means." },
  SERVER_ADDRESS_TAKEN: { status: 503, sentence: "Port {port} of {host} is in use by another process.", cure: "Stop that process, or choose another port." },
  SECRET_KEY_MISSING: { status: 401, sentence: "The request carries no secret key.", cure: "Send the header Authorization: Bearer <secret key>; the SDK takes it from PERDURE_SECRET_KEY." },
  SECRET_KEY_WRONG: { status: 401, sentence: "The secret key is not one of this Perdure's.", cure: "Use the key with which the server was started." },
  HOST_REFUSED: { status: 403, sentence: "Requests for the host {host} are not answered here.", cure: "Ask for the address on which Perdure listens, or name the host in the option http.hosts." },
  ORIGIN_REFUSED: { status: 403, sentence: "Pages of {origin} may not use this Perdure.", cure: "Call it from a server: the secret key must not be in a page." },
  ROUTE_UNKNOWN: { status: 404, sentence: "There is no {method} {path}.", cure: "See docs/http-api.md for what there is." },
  BODY_INVALID: { status: 400, sentence: "The body of {method} {path} is not JSON: {problem}.", cure: "Send JSON, as the Content-Type says." },
  BODY_TOO_LARGE: { status: 413, sentence: "The body is larger than {limit} bytes.", cure: "Store the data elsewhere and pass a reference, or split it." },
  STORE_BUSY: { status: 503, sentence: "More than {limit} writes wait for the disk.", cure: "Try again in a moment; slow down the producer." },
  STORE_UNAVAILABLE: { status: 503, sentence: "The database did not take the write: {problem}.", cure: "Whether it was stored is unknown; the same call with the same idempotency key is safe." },
  STORE_CLOSED: { status: 503, sentence: "The database is closed.", cure: "Start Perdure again." },
  DATABASE_LOCKED: { status: 503, sentence: "The database {path} is in use by another process{holder}.", cure: "Stop that process, or use another file; many processes can share a Postgres." },
  DATABASE_NEWER: { status: 500, sentence: "The database {path} was written by a newer Perdure (migration {found}; this one knows {known}).", cure: "Update Perdure, or restore a backup made with this version." },
  DATABASE_ALTERED: { status: 500, sentence: "Migration {migration} of {path} does not match this Perdure's text.", cure: "The database was made by a modified build; use that build or a fresh database." },
  DATABASE_CORRUPT: { status: 500, sentence: "The database {path} is damaged: {problem}.", cure: "Stop, keep a copy of the file, and restore a backup." },
  DATABASE_UNREADABLE: { status: 500, sentence: "The database {path} cannot be opened: {problem}.", cure: "For a file, check that its folder exists and that this user may write in it; for Postgres, the address, user, password and name of the database." },
  DISK_FULL: { status: 507, sentence: "The disk of {path} is full.", cure: "Free space; nothing was half-written, and work goes on by itself once there is room." },
  ENCRYPTION_KEY_WRONG: { status: 500, sentence: "The encryption key does not open the database {path}.", cure: "Use the key file that was made beside the database, or PERDURE_ENCRYPTION_KEY with its content." },
  BLOB_MISSING: { status: 500, sentence: "The stored value {blobId} is missing from {path}.", cure: "Restore the blob folder together with the database." },
  PIPE_CLOSED: { status: 503, sentence: "The process at the other end was gone before it answered {call}.", cure: "Nothing to do: its runs continue elsewhere, and what it wrote is found again." },
  PIPE_BROKEN: { status: 500, sentence: "What came from the process at the other end is no message: {line}.", cure: "Look for a task, or a package that it uses, that writes to descriptor 3, which is Perdure's." },
  TASKS_UNREADABLE: { status: 500, sentence: "The tasks of {module} cannot be loaded: {problem}.", cure: "Correct the module: it must load, and export each of its tasks." },
  VERSION_MISSING: { status: 500, sentence: "Runs belong to the version {version}, which is not in {folder}.", cure: "Put the folder of that version back, or cancel and replay its runs." },
  WORKER_START_FAILED: { status: 500, sentence: "A worker process for {module} did not start: {problem}.{output}", cure: "Correct what is named here; it is tried again by itself." },
  WORKERS_NOT_READY: { status: 503, sentence: "No worker process of version {version} takes runs yet.", cure: "Wait a moment; perdure status shows what they do." },
  STOPPING: { status: 503, sentence: "This Perdure is stopping.", cure: "Ask another node, or ask again when it has been started." },
  INTERNAL: { status: 500, sentence: "{problem}.", cure: "This is a defect of Perdure; please report it with the stack." },
} as const satisfies Record<string, ErrorEntry>;

interface ErrorEntry {
  readonly status: number;
  readonly sentence: string;
  readonly cure: string;
}

export type ErrorCode = keyof typeof ERRORS;
export type ErrorDetails = Record<string, string | number | undefined>;

const BRAND = Symbol.for("perdure.error");

/** An error of Perdure: `code` is stable, `message` is the sentence and its cure, `details` are the values in it. */
export class PerdureError extends Error {
  readonly code: ErrorCode;
  /** HTTP status of this error on the wire. */
  readonly status: number;
  readonly cure: string;
  readonly details: ErrorDetails;
  readonly [BRAND] = true;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: ErrorOptions) {
    const entry: ErrorEntry = ERRORS[code];
    super(`${fill(entry.sentence, details)} ${entry.cure}`, options);
    this.name = "PerdureError";
    this.code = code;
    this.status = entry.status;
    this.cure = entry.cure;
    this.details = details;
  }

  /** The sentence without the cure. */
  get sentence(): string {
    return fill(ERRORS[this.code].sentence, this.details);
  }
}

export function perdureError(code: ErrorCode, details?: ErrorDetails, options?: ErrorOptions): PerdureError {
  return new PerdureError(code, details, options);
}

/** One of our errors as it was stored: its sentence was filled when it happened. */
export function recalledError(code: ErrorCode, message: string, options?: ErrorOptions): PerdureError {
  const error = new PerdureError(code, {}, options);
  error.message = message;
  return error;
}

/** Recognises our errors by brand, since a bundled task may carry its own copy of the class. */
export function isPerdureError(error: unknown, code?: ErrorCode): error is PerdureError {
  if (typeof error !== "object" || error === null || !(BRAND in error)) return false;
  return code === undefined || (error as PerdureError).code === code;
}

function fill(sentence: string, details: ErrorDetails): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ""));
}

/**
 * Every error that Perdure itself raises: a stable code, the HTTP status it has on the wire, a sentence that says what
 * happened to what, and what to do about it. `{name}` stands for a detail. The page `docs/errors.md` is generated from it.
 */
export const ERRORS = {
  PAYLOAD_INVALID: { status: 422, sentence: "The payload for task {task} does not fit its schema: {problems}.", cure: "Send a payload that the task's schema accepts; nothing was stored." },
  PAYLOAD_UNREADABLE: { status: 422, sentence: "The payload of task {task} cannot be read: {problem}.", cure: "Upload what its type says: application/super+json as superjson writes it, application/json or text/plain." },
  VALUE_TOO_LARGE: { status: 413, sentence: "{what} is {size} characters of JSON; the limit is {limit}.", cure: "Store the data elsewhere and pass a reference, or split it." },
  VALUE_NOT_SERIALIZABLE: { status: 422, sentence: "{what} cannot be stored as JSON: {problem}.", cure: "Pass plain data: objects, arrays, strings, numbers, dates, maps, sets; no cycles, functions or handles." },
  OPTION_INVALID: { status: 400, sentence: "{what}: {problem}.", cure: "Correct the option; the guide lists what each accepts." },
  OPTION_UNSUPPORTED: { status: 400, sentence: "{what} has the option {option}, which this version cannot enforce.", cure: "Remove the option: Perdure refuses what it would have to ignore." },
  DURATION_INVALID: { status: 400, sentence: "{given} is not a valid {what}.", cure: 'Write a duration such as "30s", "1h30m", "2 days" or { minutes: 5 }, or a date where a date is meant.' },
  TASK_UNKNOWN: { status: 404, sentence: "There is no task {task}.", cure: "Pass the task to createPerdure({ tasks }), or check its id." },
  TASK_DUPLICATE: { status: 409, sentence: "Two tasks have the id {task}{where}.", cure: "Give each task an id of its own." },
  TASK_INVALID: { status: 400, sentence: "The task {task} is not valid: {problem}.", cure: "Define tasks with task({ id, run })." },
  TASK_ID_RESERVED: { status: 400, sentence: "The id {task} begins with perdure., as those of Perdure's own tasks do.", cure: "Choose another id." },
  TASK_FILES_MISSING: { status: 404, sentence: "There are no task files: {problem}.", cure: "Put them into a folder tasks or trigger, or name their folders in perdure.config.ts: dirs. A new project begins with npx perdure init." },
  TASK_FILE_THREW: { status: 422, sentence: "{where} threw an error while it was imported: {problem}.", cure: "Code outside of tasks runs whenever a worker starts: move what can fail into run, and check the environment variables that it needs." },
  TASK_FILES_HUNG: { status: 408, sentence: "The task files were not imported within {seconds} s.", cure: "Look for a loop or an await outside of tasks that does not end." },
  TASK_FILES_EXITED: { status: 422, sentence: "The process that imported the task files ended {how}.", cure: "Look for process.exit(), or for code outside of tasks that needs too much memory or waits for nothing." },
  TASKS_NOT_EXPORTED: { status: 422, sentence: "The task files export no task.", cure: "Export what task() returns: export const hello = task({ id, run })." },
  CONFIG_INVALID: { status: 400, sentence: "The configuration {file} cannot be used: {problem}.", cure: 'Export it by default: export default defineConfig({ dirs: ["tasks"] }).' },
  VARIABLE_MISSING: { status: 400, sentence: "{what} needs the environment variable {variable}, which is not set.", cure: "Set it for the process that runs Perdure; tasks do not get to see it." },
  VARIABLE_INVALID: { status: 400, sentence: "The environment variable {variable} cannot be used: {problem}.", cure: "Correct it and start Perdure again; its value is in no log." },
  ALERT_UNKNOWN: { status: 404, sentence: "There is no alert {alert}.", cure: "Name it in the option alerts, in the same way; a delivery that did not find it can be replayed then." },
  ALERT_UNDELIVERED: { status: 502, sentence: "The alert {alert} was not delivered: {problem}.", cure: "Look at its receiver; perdure alerts test tries each of them." },
  BUILD_FAILED: { status: 422, sentence: "The task files cannot be bundled:\n{problems}.", cure: "Correct these places; a package that cannot be bundled is named in perdure.config.ts: external." },
  RUN_NOT_FOUND: { status: 404, sentence: "There is no run {runId}.", cure: "Check the id; finished runs are deleted after the retention time." },
  BATCH_NOT_FOUND: { status: 404, sentence: "There is no batch {batchId}.", cure: "Check the id; a batch is deleted with the last of its runs, and an hour after it was announced when its items have not come." },
  BATCH_ITEM_REFUSED: { status: 422, sentence: "Item {index} of batch {batchId} cannot be taken: {problem}.", cure: "Correct it and send the items again: those that were taken before are not taken twice, and no run starts before all are there." },
  BATCH_LINE_INVALID: { status: 400, sentence: "Line {line} of the items of batch {batchId} cannot be taken: {problem}.", cure: "Correct it and send the items again: those that were taken before are not taken twice, and no run starts before all are there." },
  BATCH_TOO_LARGE: { status: 413, sentence: "The items of batch {batchId} are larger than {limit} characters together.", cure: "Make several batches, or upload long payloads first." },
  RUN_NOT_DELAYED: { status: 422, sentence: "Run {runId} is {status} and not delayed, so it cannot be rescheduled.", cure: "Only a run that has not reached its earliest start gets another; trigger a new one with a delay." },
  TAGS_TOO_MANY: { status: 422, sentence: "Run {runId} would have more than {limit} tags.", cure: "Add fewer; none was added." },
  IDEMPOTENCY_KEY_UNKNOWN: { status: 404, sentence: "No run of task {task} was triggered with this idempotency key.", cure: "Check the key and the task; a key that was given inside a run counts within that run." },
  VALUE_MISSING: { status: 404, sentence: "Run {runId} has no {field}.", cure: "A run has a payload when it was triggered with one, and an output when it is completed." },
  PACKET_NOT_FOUND: { status: 422, sentence: "There is no uploaded value {packet}.", cure: "Upload it and name it within the hour; one that no run names is deleted then." },
  PACKET_LINK_INVALID: { status: 403, sentence: "This address of a value is not valid: {problem}.", cure: "Ask for a new one: it is good for some minutes, and for one method." },
  QUEUE_NOT_FOUND: { status: 404, sentence: "There is no queue {queue}.", cure: "Check the name; that of a task's own queue is task/<task id>, and perdure queues list shows all of them." },
  RUN_FINAL: { status: 409, sentence: "Run {runId} is {status} already.", cure: "Replay it to get a new run." },
  RUN_NOT_HELD: { status: 409, sentence: "Run {runId} is {status} and not held, so it cannot be restarted.", cure: "Only a run held after a divergence is restarted; replay others." },
  PARENT_FINAL: { status: 422, sentence: "Run {runId} cannot start children: it is {status}.", cure: "Trigger from a run that is still executing, or without a parent." },
  RUN_TOO_DEEP: { status: 422, sentence: "Run {runId} would be {depth} levels below its root; the limit is {limit}.", cure: "Look for a task that triggers itself without end." },
  OUTSIDE_RUN: { status: 400, sentence: "{call} was called outside a run.", cure: "Call it in the run function of a task; elsewhere use trigger() and runs.poll()." },
  WAIT_IN_STEP: { status: 400, sentence: "{call} was called inside the step {step}.", cure: "Wait before or after the step: a step is one unit whose result is recorded." },
  STEP_IN_STEP: { status: 400, sentence: "The step {inner} was started inside the step {step}.", cure: "Call it beside the step, or make it an ordinary function." },
  STEP_KEY_MISSING: { status: 422, sentence: "The step {step} occurred more than once without a key, so a new attempt cannot tell which result is whose.", cure: "Give each a key: step.run(name, fn, { key: item.id })." },
  EFFECT_REFUSED: { status: 422, sentence: "{what}{at} cannot be recorded, and this task may not do outside of a step what cannot.", cure: 'Wrap it in a step, step.run(name, fn), or leave effects: "strict" out.' },
  EFFECT_UNCERTAIN: { status: 409, sentence: "{what} may have been made before its process ended; the task says that it is not to be made again.", cure: "Find out at its receiver what became of it; then replay the run, or do by hand what is left." },
  CLIENT_MISSING: { status: 400, sentence: "{call} needs a Perdure to speak to: none was started in this process, and none is configured.", cure: "Call createPerdure({ db, tasks }) first, or set PERDURE_API_URL and PERDURE_SECRET_KEY to those of a server." },
  CLIENT_AMBIGUOUS: { status: 400, sentence: "{call} does not say which of the {count} running instances it means.", cure: "Use the methods of the instance: perdure.tasks.trigger(…), perdure.runs.…" },
  STOPPED: { status: 503, sentence: "This Perdure has been stopped.", cure: "Start a new one with createPerdure()." },
  JOURNAL_DIVERGED: { status: 409, sentence: "Run {runId} cannot continue: its code asks for something other than its journal holds.\n{diff}", cure: "Restore the code that started it, restart the run with its kept steps (runs.restart), replay it, or cancel it." },
  JOURNAL_TOO_LARGE: { status: 422, sentence: "The journal of run {runId} has {entries} entries and {bytes} bytes; the limits are {maxEntries} and {maxBytes}.", cure: "Split the work into child runs, and put large downloads and loops of many requests into steps." },
  MAX_DURATION_EXCEEDED: { status: 408, sentence: "Run {runId} was executing for longer than its maxDuration of {seconds} s.", cure: "Raise maxDuration, or split the work." },
  RUN_EXPIRED: { status: 410, sentence: "Run {runId} did not start within its TTL.", cure: "Raise the ttl, add capacity, or trigger it again." },
  CRASHED: { status: 500, sentence: "Run {runId} took its process down: {problem}.", cure: "Look for code that ends the process or needs too much memory, or for what ended Perdure itself again and again." },
  HUNG: { status: 500, sentence: "The code of run {runId} kept its process from everything else for {seconds} s, and did so before.", cure: "Look for a loop that does not end, and split long computations; a pause such as await wait.for(0) lets others have their turn." },
  OUT_OF_MEMORY: { status: 500, sentence: "Run {runId} ran out of memory: it may use {limit}, and used {used} when it was last measured.", cure: "Give the task more: machine or memoryLimit, or retry.outOfMemory.machine for the attempts that follow; or read large data in parts." },
  UNDO_INCOMPLETE: { status: 500, sentence: "Run {runId} ended, and these undos could not be done: {steps}.", cure: "Undo them by hand; the run's events say what each returned." },
  UNDO_FAILED: { status: 500, sentence: "The undo of step {step} failed: {problem}.", cure: "Undo it by hand." },
  CHILD_FAILED: { status: 500, sentence: "Run {runId} of task {task}, which this run waited for, did not complete: {problem}.", cure: "See that run; catch the error to go on without it." },
  LEASE_LOST: { status: 409, sentence: "This worker no longer owns run {runId}.", cure: "Nothing to do: another worker continues it." },
  SERVER_NOT_CONFIGURED: { status: 400, sentence: "No server is configured.", cure: "Start one in the project's folder with npx perdure dev, or set PERDURE_API_URL to its address and PERDURE_SECRET_KEY to its key." },
  SERVER_NOT_RUNNING: { status: 503, sentence: "Perdure is not running in {root}: the process {pid}, which served it, is gone.", cure: "Start it there with npx perdure dev, or in production with npx perdure start." },
  SERVER_RUNNING: { status: 409, sentence: "Perdure is running in {root} already: {url}, pid {pid}.", cure: "Use that one, or stop it first." },
  PROJECT_GONE: { status: 500, sentence: "{path} was deleted while Perdure was using it.", cure: "Start perdure dev again; runs that were in a deleted database are lost." },
  FILE_NOT_WRITABLE: { status: 500, sentence: "{path} cannot be written: {problem}.", cure: "Check that this user may write there, and that the disk has room." },
  FOLDER_NOT_WATCHED: { status: 500, sentence: "Changes in {path} are not noticed: {problem}.", cure: "Start perdure dev again after changes there; on Linux, raise fs.inotify.max_user_watches and max_user_instances." },
  SDK_NOT_INSTALLED: { status: 422, sentence: "The task files import perdure, which is not installed in this project.", cure: "Install it: npm install." },
  SERVER_UNREACHABLE: { status: 503, sentence: "No answer came from {url}: {problem}.", cure: "Check that Perdure is running there and that PERDURE_API_URL names it; whether the call was carried out is unknown, and sending it again with the same idempotency key is safe." },
  SERVER_REFUSED: { status: 502, sentence: "The server at {url} refused the call: {problem}.", cure: "It may be newer than this SDK: update the SDK, or look up there what the answer means." },
  SERVER_ADDRESS_TAKEN: { status: 503, sentence: "Port {port} of {host} is in use by another process.", cure: "Stop that process, or choose another port." },
  SECRET_KEY_MISSING: { status: 401, sentence: "The request carries no secret key.", cure: "Send the header Authorization: Bearer <secret key>; the SDK takes it from PERDURE_SECRET_KEY." },
  SECRET_KEY_WRONG: { status: 401, sentence: "The secret key is not one of this Perdure's.", cure: "Use the key with which the server was started, or one that perdure keys create has made." },
  SECRET_KEY_ENDED: { status: 401, sentence: "The secret key {keyId} opens nothing any more: it {how}.", cure: "Make another one with perdure keys create." },
  KEY_NOT_FOUND: { status: 404, sentence: "There is no secret key {keyId}.", cure: "See perdure keys list for those there are; they are named by their id." },
  KEYS_TOO_MANY: { status: 422, sentence: "There are {limit} valid secret keys already.", cure: "Revoke those that nobody uses any more: perdure keys revoke." },
  ROOT_KEY_NEEDED: { status: 403, sentence: "{call} takes the secret key with which the server was started.", cure: "Ask with that key: others cannot make, see or revoke keys." },
  TOKEN_INVALID: { status: 401, sentence: "The public token is not valid: {problem}.", cure: "Make it with auth.createPublicToken() and a secret key of this Perdure that was not revoked." },
  TOKEN_EXPIRED: { status: 401, sentence: "The public token expired at {at}.", cure: "Make a new one; auth.createPublicToken({ expirationTime }) says how long it lasts." },
  TOKEN_USED: { status: 422, sentence: "The public token may be used once, and was used before.", cure: "Make one for each time, or one with multipleUse: true." },
  TOKENS_NEED_KEY: { status: 422, sentence: "Public tokens are signed with a secret key, and this Perdure has none.", cure: "Start it with the option http and a secret key." },
  SCOPE_MISSING: { status: 403, sentence: "The public token does not allow {call}: it takes {needed}.", cure: "Make a token with such a scope, or ask from a server with a secret key." },
  RATE_LIMITED: { status: 429, sentence: "{who}: {burst} at once and {perSecond} a second are answered.", cure: "Wait as the header retry-after says; send batches instead of single requests, or raise the limit (http.rateLimit, --rate-limit)." },
  HOST_REFUSED: { status: 403, sentence: "Requests for the host {host} are not answered here.", cure: "Ask for the address on which Perdure listens, or name the host in the option http.hosts." },
  ORIGIN_REFUSED: { status: 403, sentence: "Pages of {origin} may not use this Perdure.", cure: "Give pages public tokens (auth.createPublicToken); a secret key must not be in a page." },
  ROUTE_UNKNOWN: { status: 404, sentence: "There is no {method} {path}.", cure: "See docs/http-api.md for what there is." },
  BODY_INVALID: { status: 400, sentence: "The body of {method} {path} is not JSON: {problem}.", cure: "Send JSON, as the Content-Type says." },
  BODY_TYPE_UNKNOWN: { status: 415, sentence: "A body of the type {type} is not taken here, but {known}.", cure: "Send what is expected here, and name it in the header Content-Type." },
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
  LOGS_OFF: { status: 404, sentence: "What runs log is not stored here.", cure: "Start Perdure without the option logs: false." },
  LOGS_UNAVAILABLE: { status: 503, sentence: "The lines that runs logged cannot be read: {problem}.", cure: "Runs are not affected. Look at this problem; reading is tried anew with each call." },
  LOGS_LOST: { status: 503, sentence: "Lines that runs logged could not be stored: {problem}.", cure: "Runs are not affected. Lines are left out, and counted, until storing works again." },
  LOGS_DISCARDED: { status: 500, sentence: "The file of logs {path} could not be used and was made anew: {problem}.", cure: "Nothing to do: runs are not affected, and earlier lines are lost." },
  LOGS_TRIMMED: { status: 507, sentence: "The {lines} oldest lines that runs logged, {bytes} bytes, were deleted: together they have at most {limit} bytes.", cure: "Raise logs.maxMegabytes, or log less." },
  PIPE_CLOSED: { status: 503, sentence: "The process at the other end was gone before it answered {call}.", cure: "Nothing to do: its runs continue elsewhere, and what it wrote is found again." },
  PIPE_BROKEN: { status: 500, sentence: "What came from the process at the other end is no message: {line}.", cure: "Look for a task, or a package that it uses, that writes to descriptor 3, which is Perdure's." },
  TASKS_UNREADABLE: { status: 500, sentence: "The tasks of {module} cannot be loaded: {problem}.", cure: "Correct the module: it must load, and export each of its tasks." },
  VERSION_MISSING: { status: 500, sentence: "Runs belong to the version {version}, which is not in {folder}.", cure: "Put the folder of that version back, or cancel and replay its runs." },
  VARIABLE_NOT_NAMED: { status: 422, sentence: "The tasks read the environment variable {name}, which perdure.config.ts does not name: {effect}.", cure: 'Name it in perdure.config.ts beside the others, if tasks are to have it: variables: ["{name}"].' },
  EFFECTS_UNSUPPORTED: { status: 422, sentence: "These tasks cannot run on Bun, where not every effect of their code can be recorded: {tasks}.", cure: 'Set effects: "steps-only" on them, or for all tasks in perdure.config.ts or where Perdure is created; or run them on Node.' },
  RUNTIME_MISSING: { status: 500, sentence: "The runtime {runtime}, on which worker processes are to run, was not found.", cure: "Install it and put it into the path, or leave runtime out of perdure.config.ts." },
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
    super(`${fill(entry.sentence, details)} ${fill(entry.cure, details)}`, options);
    this.name = "PerdureError";
    this.code = code;
    this.status = entry.status;
    this.cure = fill(entry.cure, details);
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

import { createRequire as __perdureCreateRequire } from "node:module";
const require = __perdureCreateRequire(import.meta.url);
const __perdureFilename = import.meta.filename, __perdureDirname = import.meta.dirname;
var __defProp = Object.defineProperty;
var __name = (target, value) => __defProp(target, "name", { value, configurable: true });
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};

// test/bundles/tasks/everything.ts
var everything_exports = {};
__export(everything_exports, {
  checked: () => checked2,
  child: () => child,
  everything: () => everything,
  undone: () => undone
});

// dist/core/errors.js
var ERRORS = {
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
  INTERNAL: { status: 500, sentence: "{problem}.", cure: "This is a defect of Perdure; please report it with the stack." }
};
var BRAND = /* @__PURE__ */ Symbol.for("perdure.error");
var PerdureError = class extends Error {
  static {
    __name(this, "PerdureError");
  }
  code;
  /** HTTP status of this error on the wire. */
  status;
  cure;
  details;
  [BRAND] = true;
  constructor(code, details = {}, options) {
    const entry = ERRORS[code];
    super(`${fill(entry.sentence, details)} ${entry.cure}`, options);
    this.name = "PerdureError";
    this.code = code;
    this.status = entry.status;
    this.cure = entry.cure;
    this.details = details;
  }
  /** The sentence without the cure. */
  get sentence() {
    return fill(ERRORS[this.code].sentence, this.details);
  }
};
function perdureError(code, details, options) {
  return new PerdureError(code, details, options);
}
__name(perdureError, "perdureError");
function recalledError(code, message, options) {
  const error = new PerdureError(code, {}, options);
  error.message = message;
  return error;
}
__name(recalledError, "recalledError");
function isPerdureError(error, code) {
  if (typeof error !== "object" || error === null || !(BRAND in error))
    return false;
  return code === void 0 || error.code === code;
}
__name(isPerdureError, "isPerdureError");
function fill(sentence, details) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(details[name] ?? ""));
}
__name(fill, "fill");

// dist/core/limits.js
var LIMITS = {
  /** Characters of a payload, an output or a step's result as JSON. */
  valueCharacters: 10 * 1024 * 1024,
  /** From this many characters on a value lives in the blob store instead of the row. */
  inlineCharacters: 128 * 1024,
  metadataCharacters: 256 * 1024,
  tags: 10,
  tagCharacters: 128,
  /** Of ids, names and keys that users choose. */
  nameCharacters: 128,
  idempotencyKeyCharacters: 2048,
  /** How long an idempotency key leads to its first run, where nobody says otherwise. */
  idempotencyKeyTtlMs: 30 * 24 * 60 * 60 * 1e3,
  batchItems: 1e3,
  /** Of one run's failure: name, message and stack together. */
  failureCharacters: 32 * 1024,
  attempts: 250,
  /** Runs above one another, parent by parent. */
  depth: 100,
  journal: {
    warnEntries: 5e3,
    warnBytes: 16 * 1024 * 1024,
    maxEntries: 5e4,
    maxBytes: 256 * 1024 * 1024,
    pageEntries: 500
  },
  listRuns: 100,
  listEvents: 1e3
};
function isName(given, limit = LIMITS.nameCharacters) {
  return typeof given === "string" && given !== "" && given.length <= limit && !given.includes("\0");
}
__name(isName, "isName");
function nameRule(limit = LIMITS.nameCharacters) {
  return `must be text of 1 to ${limit} characters without NUL`;
}
__name(nameRule, "nameRule");

// dist/core/failure.js
var ABORT = /* @__PURE__ */ Symbol.for("perdure.abort-task-run");
var RETRY_AFTER = /* @__PURE__ */ Symbol.for("perdure.retry-after");
var AbortTaskRunError = class extends Error {
  static {
    __name(this, "AbortTaskRunError");
  }
  [ABORT] = true;
  constructor(message, options) {
    super(message, options);
    this.name = "AbortTaskRunError";
  }
};
var RetryAfterError = class extends Error {
  static {
    __name(this, "RetryAfterError");
  }
  [RETRY_AFTER] = true;
  /** Earliest start of the next attempt. */
  retryAt;
  constructor(message, retryAt, options) {
    super(message, options);
    this.name = "RetryAfterError";
    this.retryAt = retryAt;
  }
};
var SubtaskUnwrapError = class extends Error {
  static {
    __name(this, "SubtaskUnwrapError");
  }
  taskId;
  runId;
  constructor(taskId, runId, cause) {
    super(`Error in ${taskId}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "SubtaskUnwrapError";
    this.taskId = taskId;
    this.runId = runId;
  }
};
function errorOf(failure) {
  const cause = failure.cause === void 0 ? void 0 : { cause: errorOf(failure.cause) };
  const error = emptyError(failure, cause);
  error.name = failure.name;
  if (failure.stack !== void 0)
    error.stack = failure.stack;
  return error;
}
__name(errorOf, "errorOf");
function emptyError({ code, message, steer }, cause) {
  if (code !== void 0)
    return recalledError(code, message, cause);
  if (steer?.kind === "abort")
    return new AbortTaskRunError(message, cause);
  if (steer?.kind === "retry-at")
    return new RetryAfterError(message, new Date(steer.at), cause);
  return new Error(message, cause);
}
__name(emptyError, "emptyError");

// dist/core/ids.js
var ID_PREFIXES = {
  run: "run_",
  waitpoint: "waitpoint_",
  batch: "batch_",
  worker: "worker_",
  node: "node_",
  lease: "lease_",
  blob: "blob_"
};
var ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
var TIME_CHARACTERS = 10;
var CHANCE_BYTES = 10;
var lastMade = /* @__PURE__ */ new WeakMap();
function createId(kind, env) {
  const now = env.now();
  const last = lastMade.get(env);
  const made2 = last !== void 0 && now <= last.time ? after(last) : { time: now, chance: env.randomBytes(CHANCE_BYTES) };
  lastMade.set(env, made2);
  return ID_PREFIXES[kind] + encodeTime(made2.time) + encode(made2.chance);
}
__name(createId, "createId");
function after({ time, chance }) {
  const next = Uint8Array.from(chance);
  for (let i = next.length - 1; i >= 0; i--) {
    next[i] = next[i] + 1 & 255;
    if (next[i] !== 0)
      return { time, chance: next };
  }
  return { time: time + 1, chance: next };
}
__name(after, "after");
function encodeTime(time) {
  let rest = time;
  let text = "";
  for (let i = 0; i < TIME_CHARACTERS; i++) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
__name(encodeTime, "encodeTime");
function encode(bytes) {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = held << 8 | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt(held >>> bits & 31);
    }
    held &= (1 << bits) - 1;
  }
  return text;
}
__name(encode, "encode");

// dist/core/env.js
function sleep(env, delayMs, signal) {
  return new Promise((resolve) => {
    if (signal?.aborted)
      return resolve();
    const timer = env.timer(delayMs, done);
    signal?.addEventListener("abort", done, { once: true });
    function done() {
      timer.clear();
      signal?.removeEventListener("abort", done);
      resolve();
    }
    __name(done, "done");
  });
}
__name(sleep, "sleep");

// dist/protocol/routes.js
var ROUTES = {
  trigger: {
    method: "POST",
    path: "/api/v1/tasks/:task/trigger",
    does: "Asks for a run of the task: `{ payload, options }`."
  },
  retrieve: { method: "GET", path: "/api/v3/runs/:runId", does: "One run with its payload, output or error." },
  list: { method: "GET", path: "/api/v1/runs", does: "Runs, newest first, by `filter[…]` and page by page." },
  events: { method: "GET", path: "/api/v1/runs/:runId/events", does: "The run's story, line by line." },
  cancel: {
    method: "POST",
    path: "/api/v2/runs/:runId/cancel",
    does: "Asks for the end of a run and of its children."
  },
  replay: { method: "POST", path: "/api/v1/runs/:runId/replay", does: "Makes a fresh run with the same payload." },
  restart: {
    method: "POST",
    path: "/api/v1/runs/:runId/restart",
    does: "Lets a run that is held after a divergence begin its attempt anew."
  },
  awaitRun: {
    method: "GET",
    path: "/api/v1/runs/:runId/await",
    does: "The run as soon as it is final, or as it is after `waitMs` (25,000 at most)."
  }
};
var OWN_MEDIA_TYPE = "application/vnd.perdure.v1+json";

// dist/protocol/http-client.js
var ATTEMPTS = 5;
var FIRST_PAUSE_MS = 200;
var LAST_PAUSE_MS = 3e3;
var WORTH_REPEATING = /* @__PURE__ */ new Set([429, 503]);
function createHttpClient(options) {
  const names = Object.keys(ROUTES);
  const calls = names.map((name) => [name, (input) => send(name, input, options)]);
  return Object.fromEntries(calls);
}
__name(createHttpClient, "createHttpClient");
async function send(name, input, options) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await sendOnce(name, input, options);
    } catch (error) {
      if (attempt === ATTEMPTS || !isPerdureError(error) || !isWorthRepeating(error))
        throw error;
      const pauseMs = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
      await sleep(options.env, pauseMs * (0.5 + options.env.random() / 2));
    }
  }
}
__name(send, "send");
function isWorthRepeating({ code, status }) {
  return code !== "SERVER_REFUSED" && WORTH_REPEATING.has(status);
}
__name(isWorthRepeating, "isWorthRepeating");
async function sendOnce(name, input, options) {
  const { method } = ROUTES[name];
  const url = urlOf(name, input, options.url);
  const headers = { authorization: `Bearer ${options.secretKey}`, accept: OWN_MEDIA_TYPE };
  const request = method === "GET" ? { method, headers } : { method, headers: { ...headers, "content-type": OWN_MEDIA_TYPE }, body: JSON.stringify(input) };
  let response;
  let text;
  try {
    response = await (options.fetch ?? fetch)(url, request);
    text = await response.text();
  } catch (error) {
    throw perdureError("SERVER_UNREACHABLE", { url: options.url, problem: problemOf(error) }, { cause: error });
  }
  const body = parse(text);
  if (response.ok && body !== void 0)
    return body;
  throw refusal(body, response.status, options.url);
}
__name(sendOnce, "sendOnce");
function urlOf(name, input, base) {
  const { method, path } = ROUTES[name];
  const filled = path.replace(/:(\w+)/g, (_, field) => encodeURIComponent(nameIn(input, field)));
  const query = method === "GET" ? `?input=${encodeURIComponent(JSON.stringify(input))}` : "";
  return `${base.replace(/\/+$/, "")}${filled}${query}`;
}
__name(urlOf, "urlOf");
function nameIn(input, field) {
  const { requests } = input;
  return String(input[field] ?? requests?.[0]?.[field] ?? "");
}
__name(nameIn, "nameIn");
function refusal(body, status, url) {
  const { error, code } = body ?? {};
  if (typeof error !== "string")
    return perdureError("SERVER_UNREACHABLE", {
      url,
      problem: `it answered ${status} with something other than JSON of ours`
    });
  if (typeof code === "string" && code in ERRORS)
    return recalledError(code, error);
  return perdureError("SERVER_REFUSED", { url, problem: error });
}
__name(refusal, "refusal");
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return void 0;
  }
}
__name(parse, "parse");
function problemOf(error) {
  const { message, cause } = error;
  const { code, message: inner } = cause ?? {};
  return [message, code ?? inner].filter((part) => typeof part === "string").join(": ") || String(error);
}
__name(problemOf, "problemOf");

// dist/sdk/env.js
function createWebEnv() {
  return {
    now: /* @__PURE__ */ __name(() => Date.now(), "now"),
    monotonic: /* @__PURE__ */ __name(() => performance.now(), "monotonic"),
    random: /* @__PURE__ */ __name(() => Math.random(), "random"),
    randomBytes: /* @__PURE__ */ __name((length) => crypto.getRandomValues(new Uint8Array(length)), "randomBytes"),
    timer: /* @__PURE__ */ __name((delayMs, action) => {
      const handle = setTimeout(action, Math.max(0, delayMs));
      return { clear: /* @__PURE__ */ __name(() => clearTimeout(handle), "clear") };
    }, "timer"),
    turn: /* @__PURE__ */ __name((action) => void setTimeout(action, 0), "turn")
  };
}
__name(createWebEnv, "createWebEnv");

// dist/sdk/configure.js
var configured = {};
var made;
function remoteClient() {
  const baseURL = configured.baseURL ?? variable("PERDURE_API_URL") ?? variable("TRIGGER_API_URL");
  const secretKey = configured.secretKey ?? variable("PERDURE_SECRET_KEY") ?? variable("TRIGGER_SECRET_KEY");
  if (baseURL === void 0 || secretKey === void 0)
    return void 0;
  if (made?.baseURL === baseURL && made.secretKey === secretKey)
    return made.client;
  checkUrl(baseURL, "PERDURE_API_URL");
  const env = createWebEnv();
  const calls = createHttpClient({ url: baseURL, secretKey, env });
  made = { baseURL, secretKey, client: { calls, newId: /* @__PURE__ */ __name((kind) => createId(kind, env), "newId") } };
  return made.client;
}
__name(remoteClient, "remoteClient");
function variable(name) {
  const { process } = globalThis;
  return process?.env?.[name] || void 0;
}
__name(variable, "variable");
function checkUrl(url, what) {
  const { protocol } = URL.canParse(url) ? new URL(url) : { protocol: void 0 };
  if (protocol === "http:" || protocol === "https:")
    return;
  throw perdureError("OPTION_INVALID", { what, problem: `${url} is not the URL of a server` });
}
__name(checkUrl, "checkUrl");

// dist/sdk/definition.js
var DEFINITION = /* @__PURE__ */ Symbol.for("perdure.task");

// dist/sdk/host.js
var HOST = /* @__PURE__ */ Symbol.for("perdure.host");
function host() {
  const global = globalThis;
  global[HOST] ??= { version: 1, currentRun: /* @__PURE__ */ __name(() => void 0, "currentRun"), clients: /* @__PURE__ */ new Set() };
  return global[HOST];
}
__name(host, "host");
function requireRun(call) {
  const run = host().currentRun();
  if (run === void 0)
    throw perdureError("OUTSIDE_RUN", { call });
  return run;
}
__name(requireRun, "requireRun");
function defaultClient(call) {
  const { clients } = host();
  const details = { call, count: clients.size };
  if (clients.size > 1)
    throw perdureError("CLIENT_AMBIGUOUS", details);
  for (const client of clients)
    return client;
  const remote = remoteClient();
  if (remote !== void 0)
    return remote;
  throw perdureError("CLIENT_MISSING", details);
}
__name(defaultClient, "defaultClient");

// dist/sdk/payload.js
async function validPayload(task2, payload) {
  const schema = task2[DEFINITION]?.schema;
  if (schema === void 0)
    return payload;
  const result = await schema["~standard"].validate(payload);
  if (result.issues === void 0)
    return result.value;
  throw perdureError("PAYLOAD_INVALID", { task: task2.id, problems: result.issues.map(describe).join("; ") });
}
__name(validPayload, "validPayload");
function describe({ message, path }) {
  if (path === void 0 || path.length === 0)
    return message;
  const names = path.map((segment) => String(typeof segment === "object" ? segment.key : segment));
  return `${names.join(".")}: ${message}`;
}
__name(describe, "describe");

// node_modules/superjson/dist/double-indexed-kv.js
var DoubleIndexedKV = class {
  static {
    __name(this, "DoubleIndexedKV");
  }
  constructor() {
    this.keyToValue = /* @__PURE__ */ new Map();
    this.valueToKey = /* @__PURE__ */ new Map();
  }
  set(key, value) {
    this.keyToValue.set(key, value);
    this.valueToKey.set(value, key);
  }
  getByKey(key) {
    return this.keyToValue.get(key);
  }
  getByValue(value) {
    return this.valueToKey.get(value);
  }
  clear() {
    this.keyToValue.clear();
    this.valueToKey.clear();
  }
};

// node_modules/superjson/dist/registry.js
var Registry = class {
  static {
    __name(this, "Registry");
  }
  constructor(generateIdentifier) {
    this.generateIdentifier = generateIdentifier;
    this.kv = new DoubleIndexedKV();
  }
  register(value, identifier) {
    if (this.kv.getByValue(value)) {
      return;
    }
    if (!identifier) {
      identifier = this.generateIdentifier(value);
    }
    this.kv.set(identifier, value);
  }
  clear() {
    this.kv.clear();
  }
  getIdentifier(value) {
    return this.kv.getByValue(value);
  }
  getValue(identifier) {
    return this.kv.getByKey(identifier);
  }
};

// node_modules/superjson/dist/class-registry.js
var ClassRegistry = class extends Registry {
  static {
    __name(this, "ClassRegistry");
  }
  constructor() {
    super((c) => c.name);
    this.classToAllowedProps = /* @__PURE__ */ new Map();
  }
  register(value, options) {
    if (typeof options === "object") {
      if (options.allowProps) {
        this.classToAllowedProps.set(value, options.allowProps);
      }
      super.register(value, options.identifier);
    } else {
      super.register(value, options);
    }
  }
  getAllowedProps(value) {
    return this.classToAllowedProps.get(value);
  }
};

// node_modules/superjson/dist/util.js
function valuesOfObj(record) {
  if ("values" in Object) {
    return Object.values(record);
  }
  const values = [];
  for (const key in record) {
    if (record.hasOwnProperty(key)) {
      values.push(record[key]);
    }
  }
  return values;
}
__name(valuesOfObj, "valuesOfObj");
function find(record, predicate) {
  const values = valuesOfObj(record);
  if ("find" in values) {
    return values.find(predicate);
  }
  const valuesNotNever = values;
  for (let i = 0; i < valuesNotNever.length; i++) {
    const value = valuesNotNever[i];
    if (predicate(value)) {
      return value;
    }
  }
  return void 0;
}
__name(find, "find");
function forEach(record, run) {
  Object.entries(record).forEach(([key, value]) => run(value, key));
}
__name(forEach, "forEach");
function includes(arr, value) {
  return arr.indexOf(value) !== -1;
}
__name(includes, "includes");
function findArr(record, predicate) {
  for (let i = 0; i < record.length; i++) {
    const value = record[i];
    if (predicate(value)) {
      return value;
    }
  }
  return void 0;
}
__name(findArr, "findArr");

// node_modules/superjson/dist/custom-transformer-registry.js
var CustomTransformerRegistry = class {
  static {
    __name(this, "CustomTransformerRegistry");
  }
  constructor() {
    this.transfomers = {};
  }
  register(transformer) {
    this.transfomers[transformer.name] = transformer;
  }
  findApplicable(v) {
    return find(this.transfomers, (transformer) => transformer.isApplicable(v));
  }
  findByName(name) {
    return this.transfomers[name];
  }
};

// node_modules/superjson/dist/is.js
var getType = /* @__PURE__ */ __name((payload) => Object.prototype.toString.call(payload).slice(8, -1), "getType");
var isUndefined = /* @__PURE__ */ __name((payload) => typeof payload === "undefined", "isUndefined");
var isNull = /* @__PURE__ */ __name((payload) => payload === null, "isNull");
var isPlainObject = /* @__PURE__ */ __name((payload) => {
  if (typeof payload !== "object" || payload === null)
    return false;
  if (payload === Object.prototype)
    return false;
  if (Object.getPrototypeOf(payload) === null)
    return true;
  return Object.getPrototypeOf(payload) === Object.prototype;
}, "isPlainObject");
var isEmptyObject = /* @__PURE__ */ __name((payload) => isPlainObject(payload) && Object.keys(payload).length === 0, "isEmptyObject");
var isArray = /* @__PURE__ */ __name((payload) => Array.isArray(payload), "isArray");
var isString = /* @__PURE__ */ __name((payload) => typeof payload === "string", "isString");
var isNumber = /* @__PURE__ */ __name((payload) => typeof payload === "number" && !isNaN(payload), "isNumber");
var isBoolean = /* @__PURE__ */ __name((payload) => typeof payload === "boolean", "isBoolean");
var isRegExp = /* @__PURE__ */ __name((payload) => payload instanceof RegExp, "isRegExp");
var isMap = /* @__PURE__ */ __name((payload) => payload instanceof Map, "isMap");
var isSet = /* @__PURE__ */ __name((payload) => payload instanceof Set, "isSet");
var isSymbol = /* @__PURE__ */ __name((payload) => getType(payload) === "Symbol", "isSymbol");
var isDate = /* @__PURE__ */ __name((payload) => payload instanceof Date && !isNaN(payload.valueOf()), "isDate");
var isError = /* @__PURE__ */ __name((payload) => payload instanceof Error, "isError");
var isNaNValue = /* @__PURE__ */ __name((payload) => typeof payload === "number" && isNaN(payload), "isNaNValue");
var isPrimitive = /* @__PURE__ */ __name((payload) => isBoolean(payload) || isNull(payload) || isUndefined(payload) || isNumber(payload) || isString(payload) || isSymbol(payload), "isPrimitive");
var isBigint = /* @__PURE__ */ __name((payload) => typeof payload === "bigint", "isBigint");
var isInfinite = /* @__PURE__ */ __name((payload) => payload === Infinity || payload === -Infinity, "isInfinite");
var isTypedArray = /* @__PURE__ */ __name((payload) => ArrayBuffer.isView(payload) && !(payload instanceof DataView), "isTypedArray");
var isURL = /* @__PURE__ */ __name((payload) => payload instanceof URL, "isURL");

// node_modules/superjson/dist/pathstringifier.js
var escapeKey = /* @__PURE__ */ __name((key) => key.replace(/\\/g, "\\\\").replace(/\./g, "\\."), "escapeKey");
var stringifyPath = /* @__PURE__ */ __name((path) => path.map(String).map(escapeKey).join("."), "stringifyPath");
var parsePath = /* @__PURE__ */ __name((string, legacyPaths) => {
  const result = [];
  let segment = "";
  for (let i = 0; i < string.length; i++) {
    let char = string.charAt(i);
    if (!legacyPaths && char === "\\") {
      const escaped = string.charAt(i + 1);
      if (escaped === "\\") {
        segment += "\\";
        i++;
        continue;
      } else if (escaped !== ".") {
        throw Error("invalid path");
      }
    }
    const isEscapedDot = char === "\\" && string.charAt(i + 1) === ".";
    if (isEscapedDot) {
      segment += ".";
      i++;
      continue;
    }
    const isEndOfSegment = char === ".";
    if (isEndOfSegment) {
      result.push(segment);
      segment = "";
      continue;
    }
    segment += char;
  }
  const lastSegment = segment;
  result.push(lastSegment);
  return result;
}, "parsePath");

// node_modules/superjson/dist/transformer.js
function simpleTransformation(isApplicable, annotation, transform, untransform) {
  return {
    isApplicable,
    annotation,
    transform,
    untransform
  };
}
__name(simpleTransformation, "simpleTransformation");
var simpleRules = [
  simpleTransformation(isUndefined, "undefined", () => null, () => void 0),
  simpleTransformation(isBigint, "bigint", (v) => v.toString(), (v) => {
    if (typeof BigInt !== "undefined") {
      return BigInt(v);
    }
    console.error("Please add a BigInt polyfill.");
    return v;
  }),
  simpleTransformation(isDate, "Date", (v) => v.toISOString(), (v) => new Date(v)),
  simpleTransformation(isError, "Error", (v, superJson) => {
    const baseError = {
      name: v.name,
      message: v.message
    };
    if ("cause" in v) {
      baseError.cause = v.cause;
    }
    superJson.allowedErrorProps.forEach((prop) => {
      baseError[prop] = v[prop];
    });
    return baseError;
  }, (v, superJson) => {
    const e = new Error(v.message, { cause: v.cause });
    e.name = v.name;
    e.stack = v.stack;
    superJson.allowedErrorProps.forEach((prop) => {
      e[prop] = v[prop];
    });
    return e;
  }),
  simpleTransformation(isRegExp, "regexp", (v) => "" + v, (regex) => {
    const body = regex.slice(1, regex.lastIndexOf("/"));
    const flags = regex.slice(regex.lastIndexOf("/") + 1);
    return new RegExp(body, flags);
  }),
  simpleTransformation(
    isSet,
    "set",
    // (sets only exist in es6+)
    // eslint-disable-next-line es5/no-es6-methods
    (v) => [...v.values()],
    (v) => new Set(v)
  ),
  simpleTransformation(isMap, "map", (v) => [...v.entries()], (v) => new Map(v)),
  simpleTransformation((v) => isNaNValue(v) || isInfinite(v), "number", (v) => {
    if (isNaNValue(v)) {
      return "NaN";
    }
    if (v > 0) {
      return "Infinity";
    } else {
      return "-Infinity";
    }
  }, Number),
  simpleTransformation((v) => v === 0 && 1 / v === -Infinity, "number", () => {
    return "-0";
  }, Number),
  simpleTransformation(isURL, "URL", (v) => v.toString(), (v) => new URL(v))
];
function compositeTransformation(isApplicable, annotation, transform, untransform) {
  return {
    isApplicable,
    annotation,
    transform,
    untransform
  };
}
__name(compositeTransformation, "compositeTransformation");
var symbolRule = compositeTransformation((s, superJson) => {
  if (isSymbol(s)) {
    const isRegistered = !!superJson.symbolRegistry.getIdentifier(s);
    return isRegistered;
  }
  return false;
}, (s, superJson) => {
  const identifier = superJson.symbolRegistry.getIdentifier(s);
  return ["symbol", identifier];
}, (v) => v.description, (_, a, superJson) => {
  const value = superJson.symbolRegistry.getValue(a[1]);
  if (!value) {
    throw new Error("Trying to deserialize unknown symbol");
  }
  return value;
});
var constructorToName = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  Uint8ClampedArray
].reduce((obj, ctor) => {
  obj[ctor.name] = ctor;
  return obj;
}, {});
var typedArrayRule = compositeTransformation(isTypedArray, (v) => ["typed-array", v.constructor.name], (v) => [...v], (v, a) => {
  const ctor = constructorToName[a[1]];
  if (!ctor) {
    throw new Error("Trying to deserialize unknown typed array");
  }
  return new ctor(v);
});
function isInstanceOfRegisteredClass(potentialClass, superJson) {
  if (potentialClass?.constructor) {
    const isRegistered = !!superJson.classRegistry.getIdentifier(potentialClass.constructor);
    return isRegistered;
  }
  return false;
}
__name(isInstanceOfRegisteredClass, "isInstanceOfRegisteredClass");
var classRule = compositeTransformation(isInstanceOfRegisteredClass, (clazz, superJson) => {
  const identifier = superJson.classRegistry.getIdentifier(clazz.constructor);
  return ["class", identifier];
}, (clazz, superJson) => {
  const allowedProps = superJson.classRegistry.getAllowedProps(clazz.constructor);
  if (!allowedProps) {
    return { ...clazz };
  }
  const result = {};
  allowedProps.forEach((prop) => {
    result[prop] = clazz[prop];
  });
  return result;
}, (v, a, superJson) => {
  const clazz = superJson.classRegistry.getValue(a[1]);
  if (!clazz) {
    throw new Error(`Trying to deserialize unknown class '${a[1]}' - check https://github.com/blitz-js/superjson/issues/116#issuecomment-773996564`);
  }
  return Object.assign(Object.create(clazz.prototype), v);
});
var customRule = compositeTransformation((value, superJson) => {
  return !!superJson.customTransformerRegistry.findApplicable(value);
}, (value, superJson) => {
  const transformer = superJson.customTransformerRegistry.findApplicable(value);
  return ["custom", transformer.name];
}, (value, superJson) => {
  const transformer = superJson.customTransformerRegistry.findApplicable(value);
  return transformer.serialize(value);
}, (v, a, superJson) => {
  const transformer = superJson.customTransformerRegistry.findByName(a[1]);
  if (!transformer) {
    throw new Error("Trying to deserialize unknown custom value");
  }
  return transformer.deserialize(v);
});
var compositeRules = [classRule, symbolRule, customRule, typedArrayRule];
var transformValue = /* @__PURE__ */ __name((value, superJson) => {
  const applicableCompositeRule = findArr(compositeRules, (rule) => rule.isApplicable(value, superJson));
  if (applicableCompositeRule) {
    return {
      value: applicableCompositeRule.transform(value, superJson),
      type: applicableCompositeRule.annotation(value, superJson)
    };
  }
  const applicableSimpleRule = findArr(simpleRules, (rule) => rule.isApplicable(value, superJson));
  if (applicableSimpleRule) {
    return {
      value: applicableSimpleRule.transform(value, superJson),
      type: applicableSimpleRule.annotation
    };
  }
  return void 0;
}, "transformValue");
var simpleRulesByAnnotation = {};
simpleRules.forEach((rule) => {
  simpleRulesByAnnotation[rule.annotation] = rule;
});
var untransformValue = /* @__PURE__ */ __name((json, type, superJson) => {
  if (isArray(type)) {
    switch (type[0]) {
      case "symbol":
        return symbolRule.untransform(json, type, superJson);
      case "class":
        return classRule.untransform(json, type, superJson);
      case "custom":
        return customRule.untransform(json, type, superJson);
      case "typed-array":
        return typedArrayRule.untransform(json, type, superJson);
      default:
        throw new Error("Unknown transformation: " + type);
    }
  } else {
    const transformation = simpleRulesByAnnotation[type];
    if (!transformation) {
      throw new Error("Unknown transformation: " + type);
    }
    return transformation.untransform(json, superJson);
  }
}, "untransformValue");

// node_modules/superjson/dist/accessDeep.js
var getNthKey = /* @__PURE__ */ __name((value, n) => {
  if (n > value.size)
    throw new Error("index out of bounds");
  const keys = value.keys();
  while (n > 0) {
    keys.next();
    n--;
  }
  return keys.next().value;
}, "getNthKey");
function validatePath(path) {
  if (includes(path, "__proto__")) {
    throw new Error("__proto__ is not allowed as a property");
  }
  if (includes(path, "prototype")) {
    throw new Error("prototype is not allowed as a property");
  }
  if (includes(path, "constructor")) {
    throw new Error("constructor is not allowed as a property");
  }
}
__name(validatePath, "validatePath");
var getDeep = /* @__PURE__ */ __name((object, path) => {
  validatePath(path);
  for (let i = 0; i < path.length; i++) {
    const key = path[i];
    if (isSet(object)) {
      object = getNthKey(object, +key);
    } else if (isMap(object)) {
      const row = +key;
      const type = +path[++i] === 0 ? "key" : "value";
      const keyOfRow = getNthKey(object, row);
      switch (type) {
        case "key":
          object = keyOfRow;
          break;
        case "value":
          object = object.get(keyOfRow);
          break;
      }
    } else {
      object = object[key];
    }
  }
  return object;
}, "getDeep");
var setDeep = /* @__PURE__ */ __name((object, path, mapper) => {
  validatePath(path);
  if (path.length === 0) {
    return mapper(object);
  }
  let parent = object;
  for (let i = 0; i < path.length - 1; i++) {
    const key = path[i];
    if (isArray(parent)) {
      const index = +key;
      parent = parent[index];
    } else if (isPlainObject(parent)) {
      parent = parent[key];
    } else if (isSet(parent)) {
      const row = +key;
      parent = getNthKey(parent, row);
    } else if (isMap(parent)) {
      const isEnd = i === path.length - 2;
      if (isEnd) {
        break;
      }
      const row = +key;
      const type = +path[++i] === 0 ? "key" : "value";
      const keyOfRow = getNthKey(parent, row);
      switch (type) {
        case "key":
          parent = keyOfRow;
          break;
        case "value":
          parent = parent.get(keyOfRow);
          break;
      }
    }
  }
  const lastKey = path[path.length - 1];
  if (isArray(parent)) {
    parent[+lastKey] = mapper(parent[+lastKey]);
  } else if (isPlainObject(parent)) {
    parent[lastKey] = mapper(parent[lastKey]);
  }
  if (isSet(parent)) {
    const oldValue = getNthKey(parent, +lastKey);
    const newValue = mapper(oldValue);
    if (oldValue !== newValue) {
      parent.delete(oldValue);
      parent.add(newValue);
    }
  }
  if (isMap(parent)) {
    const row = +path[path.length - 2];
    const keyToRow = getNthKey(parent, row);
    const type = +lastKey === 0 ? "key" : "value";
    switch (type) {
      case "key": {
        const newKey = mapper(keyToRow);
        parent.set(newKey, parent.get(keyToRow));
        if (newKey !== keyToRow) {
          parent.delete(keyToRow);
        }
        break;
      }
      case "value": {
        parent.set(keyToRow, mapper(parent.get(keyToRow)));
        break;
      }
    }
  }
  return object;
}, "setDeep");

// node_modules/superjson/dist/plainer.js
var enableLegacyPaths = /* @__PURE__ */ __name((version) => version < 1, "enableLegacyPaths");
function traverse(tree, walker2, version, origin = []) {
  if (!tree) {
    return;
  }
  const legacyPaths = enableLegacyPaths(version);
  if (!isArray(tree)) {
    forEach(tree, (subtree, key) => traverse(subtree, walker2, version, [
      ...origin,
      ...parsePath(key, legacyPaths)
    ]));
    return;
  }
  const [nodeValue, children] = tree;
  if (children) {
    forEach(children, (child2, key) => {
      traverse(child2, walker2, version, [
        ...origin,
        ...parsePath(key, legacyPaths)
      ]);
    });
  }
  walker2(nodeValue, origin);
}
__name(traverse, "traverse");
function applyValueAnnotations(plain, annotations, version, superJson) {
  traverse(annotations, (type, path) => {
    plain = setDeep(plain, path, (v) => untransformValue(v, type, superJson));
  }, version);
  return plain;
}
__name(applyValueAnnotations, "applyValueAnnotations");
function applyReferentialEqualityAnnotations(plain, annotations, version) {
  const legacyPaths = enableLegacyPaths(version);
  function apply(identicalPaths, path) {
    const object = getDeep(plain, parsePath(path, legacyPaths));
    identicalPaths.map((path2) => parsePath(path2, legacyPaths)).forEach((identicalObjectPath) => {
      plain = setDeep(plain, identicalObjectPath, () => object);
    });
  }
  __name(apply, "apply");
  if (isArray(annotations)) {
    const [root, other] = annotations;
    root.forEach((identicalPath) => {
      plain = setDeep(plain, parsePath(identicalPath, legacyPaths), () => plain);
    });
    if (other) {
      forEach(other, apply);
    }
  } else {
    forEach(annotations, apply);
  }
  return plain;
}
__name(applyReferentialEqualityAnnotations, "applyReferentialEqualityAnnotations");
var isDeep = /* @__PURE__ */ __name((object, superJson) => isPlainObject(object) || isArray(object) || isMap(object) || isSet(object) || isError(object) || isInstanceOfRegisteredClass(object, superJson), "isDeep");
function addIdentity(object, path, identities) {
  const existingSet = identities.get(object);
  if (existingSet) {
    existingSet.push(path);
  } else {
    identities.set(object, [path]);
  }
}
__name(addIdentity, "addIdentity");
function generateReferentialEqualityAnnotations(identitites, dedupe) {
  const result = {};
  let rootEqualityPaths = void 0;
  identitites.forEach((paths) => {
    if (paths.length <= 1) {
      return;
    }
    if (!dedupe) {
      paths = paths.map((path) => path.map(String)).sort((a, b) => a.length - b.length);
    }
    const [representativePath, ...identicalPaths] = paths;
    if (representativePath.length === 0) {
      rootEqualityPaths = identicalPaths.map(stringifyPath);
    } else {
      result[stringifyPath(representativePath)] = identicalPaths.map(stringifyPath);
    }
  });
  if (rootEqualityPaths) {
    if (isEmptyObject(result)) {
      return [rootEqualityPaths];
    } else {
      return [rootEqualityPaths, result];
    }
  } else {
    return isEmptyObject(result) ? void 0 : result;
  }
}
__name(generateReferentialEqualityAnnotations, "generateReferentialEqualityAnnotations");
var walker = /* @__PURE__ */ __name((object, identities, superJson, dedupe, path = [], objectsInThisPath = [], seenObjects = /* @__PURE__ */ new Map()) => {
  const primitive = isPrimitive(object);
  if (!primitive) {
    addIdentity(object, path, identities);
    const seen = seenObjects.get(object);
    if (seen) {
      return dedupe ? {
        transformedValue: null
      } : seen;
    }
  }
  if (!isDeep(object, superJson)) {
    const transformed2 = transformValue(object, superJson);
    const result2 = transformed2 ? {
      transformedValue: transformed2.value,
      annotations: [transformed2.type]
    } : {
      transformedValue: object
    };
    if (!primitive) {
      seenObjects.set(object, result2);
    }
    return result2;
  }
  if (includes(objectsInThisPath, object)) {
    return {
      transformedValue: null
    };
  }
  const transformationResult = transformValue(object, superJson);
  const transformed = transformationResult?.value ?? object;
  const transformedValue = isArray(transformed) ? [] : {};
  const innerAnnotations = {};
  forEach(transformed, (value, index) => {
    if (index === "__proto__" || index === "constructor" || index === "prototype") {
      throw new Error(`Detected property ${index}. This is a prototype pollution risk, please remove it from your object.`);
    }
    const recursiveResult = walker(value, identities, superJson, dedupe, [...path, index], [...objectsInThisPath, object], seenObjects);
    transformedValue[index] = recursiveResult.transformedValue;
    if (isArray(recursiveResult.annotations)) {
      innerAnnotations[escapeKey(index)] = recursiveResult.annotations;
    } else if (isPlainObject(recursiveResult.annotations)) {
      forEach(recursiveResult.annotations, (tree, key) => {
        innerAnnotations[escapeKey(index) + "." + key] = tree;
      });
    }
  });
  const result = isEmptyObject(innerAnnotations) ? {
    transformedValue,
    annotations: !!transformationResult ? [transformationResult.type] : void 0
  } : {
    transformedValue,
    annotations: !!transformationResult ? [transformationResult.type, innerAnnotations] : innerAnnotations
  };
  if (!primitive) {
    seenObjects.set(object, result);
  }
  return result;
}, "walker");

// node_modules/copy-anything/dist/index.js
function assignProp(carry, key, newVal, originalObject) {
  if (Object.prototype.propertyIsEnumerable.call(originalObject, key)) {
    carry[key] = newVal;
    return;
  }
  Object.defineProperty(carry, key, {
    value: newVal,
    enumerable: false,
    writable: true,
    configurable: true
  });
}
__name(assignProp, "assignProp");
function isPlainObject2(value) {
  return Object.getPrototypeOf(value) === Object.prototype && Object.prototype.toString.call(value) === "[object Object]";
}
__name(isPlainObject2, "isPlainObject");
function cloneRef(value, clones, sources, dests) {
  if (typeof value !== "object" || value === null)
    return value;
  const array = Array.isArray(value);
  if (!array && !isPlainObject2(value))
    return value;
  const existing = clones.get(value);
  if (existing !== void 0)
    return existing;
  const clone = array ? new Array(value.length) : {};
  clones.set(value, clone);
  sources.push(value);
  dests.push(clone);
  return clone;
}
__name(cloneRef, "cloneRef");
function copy(target, options = {}) {
  if (typeof target !== "object" || target === null)
    return target;
  const clones = /* @__PURE__ */ new Map();
  const sources = [];
  const dests = [];
  const result = cloneRef(target, clones, sources, dests);
  const onlyProps = Array.isArray(options.props) ? options.props : void 0;
  const nonenumerable = options.nonenumerable === true;
  while (sources.length) {
    const source = sources.pop();
    const dest = dests.pop();
    if (Array.isArray(source)) {
      for (let i = 0; i < source.length; i++) {
        if (i in source)
          dest[i] = cloneRef(source[i], clones, sources, dests);
      }
      continue;
    }
    if (nonenumerable) {
      for (const key of Object.getOwnPropertyNames(source)) {
        if (key === "__proto__")
          continue;
        if (onlyProps && !onlyProps.includes(key))
          continue;
        const newVal = cloneRef(source[key], clones, sources, dests);
        assignProp(dest, key, newVal, source);
      }
    } else {
      for (const key in source) {
        if (!Object.prototype.hasOwnProperty.call(source, key))
          continue;
        if (key === "__proto__")
          continue;
        if (onlyProps && !onlyProps.includes(key))
          continue;
        dest[key] = cloneRef(source[key], clones, sources, dests);
      }
    }
    for (const key of Object.getOwnPropertySymbols(source)) {
      if (onlyProps && !onlyProps.includes(key))
        continue;
      if (!nonenumerable && !Object.prototype.propertyIsEnumerable.call(source, key))
        continue;
      const newVal = cloneRef(source[key], clones, sources, dests);
      assignProp(dest, key, newVal, source);
    }
  }
  return result;
}
__name(copy, "copy");

// node_modules/superjson/dist/index.js
var SuperJSON = class {
  static {
    __name(this, "SuperJSON");
  }
  /**
   * @param dedupeReferentialEqualities  If true, SuperJSON will make sure only one instance of referentially equal objects are serialized and the rest are replaced with `null`.
   */
  constructor({ dedupe = false } = {}) {
    this.classRegistry = new ClassRegistry();
    this.symbolRegistry = new Registry((s) => s.description ?? "");
    this.customTransformerRegistry = new CustomTransformerRegistry();
    this.allowedErrorProps = [];
    this.dedupe = dedupe;
  }
  serialize(object) {
    const identities = /* @__PURE__ */ new Map();
    const output = walker(object, identities, this, this.dedupe);
    const res = {
      json: output.transformedValue
    };
    if (output.annotations) {
      res.meta = {
        ...res.meta,
        values: output.annotations
      };
    }
    const equalityAnnotations = generateReferentialEqualityAnnotations(identities, this.dedupe);
    if (equalityAnnotations) {
      res.meta = {
        ...res.meta,
        referentialEqualities: equalityAnnotations
      };
    }
    if (res.meta)
      res.meta.v = 1;
    return res;
  }
  deserialize(payload, options) {
    const { json, meta } = payload;
    let result = options?.inPlace ? json : copy(json);
    if (meta?.values) {
      result = applyValueAnnotations(result, meta.values, meta.v ?? 0, this);
    }
    if (meta?.referentialEqualities) {
      result = applyReferentialEqualityAnnotations(result, meta.referentialEqualities, meta.v ?? 0);
    }
    return result;
  }
  stringify(object) {
    return JSON.stringify(this.serialize(object));
  }
  parse(string) {
    return this.deserialize(JSON.parse(string), { inPlace: true });
  }
  registerClass(v, options) {
    this.classRegistry.register(v, options);
  }
  registerSymbol(v, identifier) {
    this.symbolRegistry.register(v, identifier);
  }
  registerCustom(transformer, name) {
    this.customTransformerRegistry.register({
      name,
      ...transformer
    });
  }
  allowErrorProps(...props) {
    this.allowedErrorProps.push(...props);
  }
};
SuperJSON.defaultInstance = new SuperJSON();
SuperJSON.serialize = SuperJSON.defaultInstance.serialize.bind(SuperJSON.defaultInstance);
SuperJSON.deserialize = SuperJSON.defaultInstance.deserialize.bind(SuperJSON.defaultInstance);
SuperJSON.stringify = SuperJSON.defaultInstance.stringify.bind(SuperJSON.defaultInstance);
SuperJSON.parse = SuperJSON.defaultInstance.parse.bind(SuperJSON.defaultInstance);
SuperJSON.registerClass = SuperJSON.defaultInstance.registerClass.bind(SuperJSON.defaultInstance);
SuperJSON.registerSymbol = SuperJSON.defaultInstance.registerSymbol.bind(SuperJSON.defaultInstance);
SuperJSON.registerCustom = SuperJSON.defaultInstance.registerCustom.bind(SuperJSON.defaultInstance);
SuperJSON.allowErrorProps = SuperJSON.defaultInstance.allowErrorProps.bind(SuperJSON.defaultInstance);
var dist_default = SuperJSON;
var serialize = SuperJSON.serialize;
var deserialize = SuperJSON.deserialize;
var stringify = SuperJSON.stringify;
var parse2 = SuperJSON.parse;
var registerClass = SuperJSON.registerClass;
var registerCustom = SuperJSON.registerCustom;
var registerSymbol = SuperJSON.registerSymbol;
var allowErrorProps = SuperJSON.allowErrorProps;

// dist/core/codec.js
function encodeValue(decoded, what, limit = LIMITS.valueCharacters) {
  const text = stringify2(decoded, what);
  if (text.length > limit)
    throw perdureError("VALUE_TOO_LARGE", { what, size: text.length, limit });
  return text;
}
__name(encodeValue, "encodeValue");
function decodeValue(text) {
  return dist_default.parse(text);
}
__name(decodeValue, "decodeValue");
function stringify2(decoded, what) {
  try {
    return isPlain(decoded, what) ? `{"json":${JSON.stringify(decoded)}}` : dist_default.stringify(decoded);
  } catch (error) {
    if (isPerdureError(error))
      throw error;
    const problem = error instanceof Error ? error.message : String(error);
    throw perdureError("VALUE_NOT_SERIALIZABLE", { what, problem }, { cause: error });
  }
}
__name(stringify2, "stringify");
var PERILOUS = /* @__PURE__ */ new Set(["__proto__", "constructor", "prototype"]);
function isPlain(decoded, what) {
  const above = /* @__PURE__ */ new Set();
  const seen = /* @__PURE__ */ new Set();
  return visit(decoded, "");
  function visit(part, path) {
    if (typeof part === "function" || typeof part === "symbol") {
      throw perdureError("VALUE_NOT_SERIALIZABLE", { what, problem: `${path || "it"} is a ${typeof part}` });
    }
    if (typeof part !== "object" || part === null)
      return isPlainPrimitive(part);
    if (above.has(part)) {
      throw perdureError("VALUE_NOT_SERIALIZABLE", { what, problem: `${path} contains itself` });
    }
    const parts = part instanceof Map || part instanceof Set ? [...part.entries()] : Object.entries(part);
    let arePlain = !seen.has(part) && isPlainContainer(part, parts);
    above.add(part);
    seen.add(part);
    for (const [name, inner] of parts)
      arePlain = visit(inner, `${path}.${String(name)}`) && arePlain;
    above.delete(part);
    return arePlain;
  }
  __name(visit, "visit");
}
__name(isPlain, "isPlain");
function isPlainPrimitive(part) {
  if (typeof part === "number")
    return Number.isFinite(part) && !Object.is(part, -0);
  return part === null || typeof part === "string" || typeof part === "boolean";
}
__name(isPlainPrimitive, "isPlainPrimitive");
function isPlainContainer(part, parts) {
  const prototype = Object.getPrototypeOf(part);
  if (prototype === Array.prototype) {
    const { length } = part;
    return parts.length === length && (length === 0 || parts[length - 1]?.[0] === String(length - 1));
  }
  return (prototype === Object.prototype || prototype === null) && !parts.some(([name]) => PERILOUS.has(String(name)));
}
__name(isPlainContainer, "isPlainContainer");

// dist/core/run-state.js
var RUN_STATUSES = ["queued", "executing", "waiting", "completed", "failed", "canceled"];
var RUN_TRANSITIONS = {
  lease: { from: ["queued"], to: "executing", event: "run.started", why: "a worker took the run" },
  park: { from: ["executing"], to: "waiting", event: "run.parked", why: "every branch of it waits for something" },
  hold: { from: ["executing"], to: "waiting", event: "run.held", why: "its code no longer fits its journal; a person decides" },
  wake: { from: ["waiting"], to: "queued", event: "run.woken", why: "something that it waited for happened" },
  restart: { from: ["executing", "waiting"], to: "queued", event: "run.restarted", why: "its attempt begins anew with the steps it kept" },
  release: { from: ["executing"], to: "queued", event: "run.released", why: "its worker is stopping and gave it back" },
  reap: { from: ["executing"], to: "queued", event: "run.reaped", why: "its worker is gone" },
  retry: { from: ["executing"], to: "queued", event: "run.retrying", why: "the attempt failed; attempts remain" },
  undo: { from: ["queued", "executing", "waiting"], to: "queued", event: "run.undoing", why: "it ended badly and owes undos" },
  complete: { from: ["executing"], to: "completed", event: "run.completed", why: "the task returned" },
  fail: { from: ["queued", "executing", "waiting"], to: "failed", event: "run.failed", why: "no attempts remain, or a deadline passed" },
  cancel: { from: ["queued", "executing", "waiting"], to: "canceled", event: "run.canceled", why: "someone asked" }
};
var FINAL_STATUSES = RUN_STATUSES.filter((status) => Object.values(RUN_TRANSITIONS).every((transition) => !transition.from.includes(status)));
var OPEN_STATUSES = RUN_STATUSES.filter((status) => !FINAL_STATUSES.includes(status));
function isFinal(status) {
  return FINAL_STATUSES.includes(status);
}
__name(isFinal, "isFinal");

// dist/sdk/runs.js
var runs = createRuns(() => defaultClient("runs"));
var POLL_MS = 24 * 60 * 60 * 1e3;
function createRuns(client) {
  return {
    /** @throws {PerdureError} `RUN_NOT_FOUND`. */
    async retrieve(run) {
      return toRunObject(await client().calls.retrieve({ runId: idOf(run) }));
    },
    /** Newest first. */
    async list(options = {}) {
      const { status, taskIdentifier, queue, tag, batch: batch2, from, to, limit = 25, after: after2 } = options;
      if (!(Number.isInteger(limit) && limit >= 1 && limit <= LIMITS.listRuns)) {
        throw perdureError("OPTION_INVALID", {
          what: "runs.list()",
          problem: `limit must be a whole number from 1 to ${LIMITS.listRuns}`
        });
      }
      const page = await client().calls.list({
        limit,
        ...after2 === void 0 ? {} : { after: after2 },
        ...status === void 0 ? {} : { statuses: listOf(status) },
        ...taskIdentifier === void 0 ? {} : { tasks: listOf(taskIdentifier) },
        ...queue === void 0 ? {} : { queues: listOf(queue) },
        ...tag === void 0 ? {} : { tag },
        ...batch2 === void 0 ? {} : { batchId: batch2 },
        ...from === void 0 ? {} : { createdFrom: from.getTime() },
        ...to === void 0 ? {} : { createdTo: to.getTime() }
      });
      return {
        data: page.runs.map((view) => toRunObject(view)),
        pagination: page.next === void 0 ? {} : { next: page.next }
      };
    },
    /** Asks for the end of a run and of its children; a final run stays as it is. @throws {PerdureError} `RUN_NOT_FOUND`. */
    async cancel(run) {
      return client().calls.cancel({ runId: idOf(run) });
    },
    /** Asks for a new run with the same payload, metadata, tags and queue. @throws {PerdureError} `RUN_NOT_FOUND`. */
    async replay(run) {
      const { calls, newId } = client();
      return calls.replay({ runId: idOf(run), newRunId: newId("run") });
    },
    /** Lets a run that is held after a divergence begin its attempt anew with the steps it kept. @throws {PerdureError} `RUN_NOT_HELD`. */
    async restart(run) {
      return client().calls.restart({ runId: idOf(run) });
    },
    /** Resolves when the run is final. @throws {PerdureError} `RUN_NOT_FOUND`. */
    async poll(run) {
      const { calls } = client();
      for (; ; ) {
        const view = await calls.awaitRun({ runId: idOf(run), waitMs: POLL_MS });
        if (isFinal(view.status))
          return toRunObject(view);
      }
    },
    /** The run's story, line by line. */
    async events(run, { after: after2 = 0, limit = 1e3 } = {}) {
      const { events } = await client().calls.events({ runId: idOf(run), afterSeq: after2, limit });
      return events.map(({ details, at, ...event }) => ({
        ...event,
        at: new Date(at),
        details: details === void 0 ? void 0 : JSON.parse(details)
      }));
    }
  };
}
__name(createRuns, "createRuns");
function toRunObject(view) {
  const { status } = view;
  return {
    id: view.id,
    taskIdentifier: view.task,
    queue: view.queue,
    status,
    phase: view.phase,
    payload: view.payload === void 0 ? void 0 : decodeValue(view.payload),
    output: view.output === void 0 ? void 0 : decodeValue(view.output),
    error: view.failure === void 0 ? void 0 : errorOf(view.failure),
    metadata: view.metadata === void 0 ? void 0 : JSON.parse(view.metadata),
    tags: view.tags,
    attemptCount: view.attempt,
    maxAttempts: view.maxAttempts,
    idempotencyKey: view.idempotencyKey,
    version: view.taskVersion,
    depth: view.depth,
    parentRunId: view.parentRunId,
    rootRunId: view.rootRunId,
    replayOfRunId: view.replayOfRunId,
    batchId: view.batchId,
    delayedUntil: status === "queued" && view.dueAt > view.createdAt ? new Date(view.dueAt) : void 0,
    createdAt: new Date(view.createdAt),
    startedAt: view.startedAt === void 0 ? void 0 : new Date(view.startedAt),
    finishedAt: view.finishedAt === void 0 ? void 0 : new Date(view.finishedAt),
    isQueued: status === "queued",
    isExecuting: status === "executing",
    isWaiting: status === "waiting",
    isCompleted: isFinal(status),
    isSuccess: status === "completed",
    isFailed: status === "failed",
    isCancelled: status === "canceled"
  };
}
__name(toRunObject, "toRunObject");
function idOf(run) {
  return typeof run === "string" ? run : run.id;
}
__name(idOf, "idOf");
function listOf(given) {
  return Array.isArray(given) ? given : [given];
}
__name(listOf, "listOf");

// dist/core/retry.js
var DEFAULT_RETRY = {
  maxAttempts: 3,
  backoff: "exponential",
  factor: 2,
  minTimeoutInMs: 1e3,
  maxTimeoutInMs: 6e4,
  jitter: 1
};
function retryPolicy(options, base = DEFAULT_RETRY) {
  if (options === void 0)
    return base;
  const { randomize, ...given } = options;
  if (randomize !== void 0 && given.jitter !== void 0)
    refuse("give either jitter or randomize, not both");
  const jitter = randomize === void 0 ? given.jitter : Number(randomize);
  const known = Object.fromEntries(Object.entries({ ...given, jitter }).filter(([, part]) => part !== void 0));
  const policy = { ...base, ...known };
  for (const name of Object.keys(policy)) {
    if (!Object.hasOwn(DEFAULT_RETRY, name))
      throw perdureError("OPTION_UNSUPPORTED", { what: "retry", option: name });
  }
  inRange("maxAttempts", policy.maxAttempts, 1, LIMITS.attempts);
  if (!Number.isInteger(policy.maxAttempts))
    refuse("maxAttempts must be a whole number");
  if (!["exponential", "linear", "constant"].includes(policy.backoff))
    refuse("backoff must be exponential, linear or constant");
  inRange("factor", policy.factor, 1, 1e3);
  inRange("minTimeoutInMs", policy.minTimeoutInMs, 0, Number.MAX_SAFE_INTEGER);
  inRange("maxTimeoutInMs", policy.maxTimeoutInMs, 0, Number.MAX_SAFE_INTEGER);
  inRange("jitter", policy.jitter, 0, 1);
  return policy;
}
__name(retryPolicy, "retryPolicy");
function inRange(name, given, min, max) {
  if (typeof given !== "number" || !(given >= min && given <= max))
    refuse(`${name} must be a number from ${min} to ${max}`);
}
__name(inRange, "inRange");
function refuse(problem) {
  throw perdureError("OPTION_INVALID", { what: "retry", problem });
}
__name(refuse, "refuse");

// dist/core/run.js
var ON_DIVERGENCE = ["restart", "fail", "hold"];

// dist/core/duration.js
var SECOND = 1e3;
var MINUTE = 60 * SECOND;
var HOUR = 60 * MINUTE;
var DAY = 24 * HOUR;
var PART_MS = {
  milliseconds: 1,
  seconds: SECOND,
  minutes: MINUTE,
  hours: HOUR,
  days: DAY,
  weeks: 7 * DAY,
  months: 30 * DAY,
  years: 365 * DAY
};
var UNIT_MS = {
  ms: 1,
  s: SECOND,
  m: MINUTE,
  h: HOUR,
  d: DAY,
  w: 7 * DAY,
  y: 365 * DAY,
  hr: HOUR,
  min: MINUTE,
  sec: SECOND,
  second: SECOND,
  minute: MINUTE,
  hour: HOUR,
  day: DAY,
  week: 7 * DAY,
  month: 30 * DAY,
  year: 365 * DAY
};
var MAX_DURATION_MS = 1e3 * PART_MS.years;
var LONGEST_TEXT = 100;
var TERM = /(\d+(?:\.\d+)?)\s*([a-z]+)\s*/gy;
function parseDuration(duration, what = "duration") {
  const ms = typeof duration === "string" ? msOfText(duration) : msOfParts(duration);
  if (ms === void 0 || !Number.isFinite(ms) || ms < 0 || ms > MAX_DURATION_MS) {
    throw perdureError("DURATION_INVALID", { what, given: describe2(duration) });
  }
  return Math.round(ms);
}
__name(parseDuration, "parseDuration");
function parseInstant(when, now, what = "date") {
  if (when instanceof Date) {
    if (Number.isNaN(when.getTime()))
      throw perdureError("DURATION_INVALID", { what, given: "an invalid Date" });
    return when.getTime();
  }
  if (typeof when === "string" && /^\d{4}-\d{2}-\d{2}/.test(when)) {
    const instant = Date.parse(when);
    if (Number.isNaN(instant))
      throw perdureError("DURATION_INVALID", { what, given: describe2(when) });
    return instant;
  }
  return now + parseDuration(when, what);
}
__name(parseInstant, "parseInstant");
function msOfText(text) {
  if (text.length > LONGEST_TEXT)
    return void 0;
  const trimmed = text.trim().toLowerCase();
  let total = 0;
  let end = 0;
  for (const term of trimmed.matchAll(TERM)) {
    const unit = UNIT_MS[term[2]] ?? UNIT_MS[term[2].replace(/s$/, "")];
    if (unit === void 0)
      return void 0;
    total += Number(term[1]) * unit;
    end = term.index + term[0].length;
  }
  return end === trimmed.length && end > 0 ? total : void 0;
}
__name(msOfText, "msOfText");
function msOfParts(parts) {
  if (typeof parts !== "object" || parts === null)
    return void 0;
  const named = Object.entries(parts).filter(([, amount]) => amount !== void 0);
  if (named.length === 0)
    return void 0;
  let total = 0;
  for (const [part, amount] of named) {
    const partMs = Object.hasOwn(PART_MS, part) ? PART_MS[part] : void 0;
    if (partMs === void 0 || typeof amount !== "number" || amount < 0)
      return void 0;
    total += amount * partMs;
  }
  return total;
}
__name(msOfParts, "msOfParts");
function describe2(given) {
  return (JSON.stringify(given) ?? String(given)).slice(0, LONGEST_TEXT);
}
__name(describe2, "describe");

// dist/sdk/options.js
var KNOWN = /* @__PURE__ */ new Set([
  "idempotencyKey",
  "idempotencyKeyTTL",
  "maxAttempts",
  "queue",
  "delay",
  "ttl",
  "priority",
  "tags",
  "metadata",
  "maxDuration"
]);
function toRequestOptions(options, task2) {
  refuseUnknown(options, KNOWN, `trigger of ${task2}`);
  const { idempotencyKey, idempotencyKeyTTL, maxAttempts, queue, delay, ttl, priority, tags: tags2, metadata: metadata2, maxDuration } = options;
  return {
    ...idempotencyKey === void 0 ? {} : { idempotencyKey },
    ...idempotencyKeyTTL === void 0 ? {} : { idempotencyKeyTtlMs: parseDuration(idempotencyKeyTTL, "idempotencyKeyTTL") },
    ...maxAttempts === void 0 ? {} : { maxAttempts },
    ...queue === void 0 ? {} : { queue },
    ...delay === void 0 ? {} : toDelay(delay),
    ...ttl === void 0 ? {} : { ttlMs: ttlMs(ttl) },
    ...priority === void 0 ? {} : { priority },
    ...tags2 === void 0 ? {} : { tags: typeof tags2 === "string" ? [tags2] : [...tags2] },
    ...metadata2 === void 0 ? {} : { metadata: encodeMetadata(metadata2) },
    ...maxDuration === void 0 ? {} : { maxDurationSeconds: maxDuration }
  };
}
__name(toRequestOptions, "toRequestOptions");
function refuseUnknown(options, known, what) {
  for (const [option, given] of Object.entries(options)) {
    if (given !== void 0 && !known.has(option))
      throw perdureError("OPTION_UNSUPPORTED", { what, option });
  }
}
__name(refuseUnknown, "refuseUnknown");
function ttlMs(ttl) {
  return typeof ttl === "number" ? parseDuration({ seconds: ttl }, "ttl") : parseDuration(ttl, "ttl");
}
__name(ttlMs, "ttlMs");
function encodeMetadata(metadata2) {
  const isObject = typeof metadata2 === "object" && metadata2 !== null && !Array.isArray(metadata2);
  if (!isObject)
    throw perdureError("VALUE_NOT_SERIALIZABLE", { what: "The metadata", problem: "it is not an object" });
  let text;
  try {
    text = JSON.stringify(metadata2);
  } catch (error) {
    throw perdureError("VALUE_NOT_SERIALIZABLE", { what: "The metadata", problem: error.message }, { cause: error });
  }
  const limit = LIMITS.metadataCharacters;
  if (text.length > limit)
    throw perdureError("VALUE_TOO_LARGE", { what: "The metadata", size: text.length, limit });
  return text;
}
__name(encodeMetadata, "encodeMetadata");
function toDelay(delay) {
  const isInstant = delay instanceof Date || typeof delay === "string" && /^\d{4}-/.test(delay);
  return isInstant ? { dueAt: parseInstant(delay, 0, "delay") } : { delayMs: parseDuration(delay, "delay") };
}
__name(toDelay, "toDelay");

// dist/sdk/trigger.js
var TaskRunPromise = class extends Promise {
  static {
    __name(this, "TaskRunPromise");
  }
  static get [Symbol.species]() {
    return Promise;
  }
  /** @throws {SubtaskUnwrapError} when the child did not complete; its `cause` is the child's error. */
  async unwrap() {
    const result = await this;
    if (result.ok)
      return result.output;
    throw new SubtaskUnwrapError(result.taskIdentifier, result.id, result.error);
  }
};
async function trigger(task2, payload, options = {}, client) {
  const { runs: runs2 } = await send2([{ task: task2, payload, options }], false, "trigger()", client);
  return runs2[0];
}
__name(trigger, "trigger");
async function batchTrigger(items, client) {
  checkBatch(items);
  const { batchId, runs: runs2 } = await send2(items, true, "batchTrigger()", client);
  return { batchId, runCount: runs2.length, runs: runs2 };
}
__name(batchTrigger, "batchTrigger");
function triggerAndWait(task2, payload, options = {}) {
  const scope = requireRun("triggerAndWait()");
  return new TaskRunPromise((resolve, reject) => {
    toRequests([{ task: task2, payload, options }]).then((requests) => scope.triggerAndWait(requests, false)).then(({ runs: runs2 }) => resolve(toResult(runs2[0])), reject);
  });
}
__name(triggerAndWait, "triggerAndWait");
function batchTriggerAndWait(items) {
  const scope = requireRun("batchTriggerAndWait()");
  checkBatch(items);
  return toRequests(items).then((requests) => scope.triggerAndWait(requests, true)).then(({ batchId, runs: runs2 }) => ({ id: batchId, runs: runs2.map((run) => toResult(run)) }));
}
__name(batchTriggerAndWait, "batchTriggerAndWait");
async function send2(items, asBatch, call, given) {
  const scope = host().currentRun();
  if (scope !== void 0 && (given === void 0 || given === scope.client)) {
    const { batchId: batchId2, runs: runs3 } = await scope.trigger(await toRequests(items), asBatch);
    return { ...batchId2 === void 0 ? {} : { batchId: batchId2 }, runs: runs3.map(toHandle) };
  }
  const client = given ?? defaultClient(call);
  const requests = await toRequests(items);
  const batchId = asBatch ? client.newId("batch") : void 0;
  const runIds = requests.map(() => client.newId("run"));
  const { runs: runs2 } = await client.calls.trigger({ requests, runIds, ...batchId === void 0 ? {} : { batchId } });
  return { ...batchId === void 0 ? {} : { batchId }, runs: runs2.map(toHandle) };
}
__name(send2, "send");
function toRequests(items) {
  return Promise.all(items.map(async ({ task: task2, payload, options }) => {
    const encoded = payload === void 0 ? void 0 : encodeValue(payload, `The payload for task ${task2.id}`);
    await validPayload(task2, payload);
    return {
      task: task2.id,
      ...encoded === void 0 ? {} : { payload: encoded },
      options: toRequestOptions(options ?? {}, task2.id)
    };
  }));
}
__name(toRequests, "toRequests");
function checkBatch(items) {
  if (items.length >= 1 && items.length <= LIMITS.batchItems)
    return;
  throw perdureError("OPTION_INVALID", {
    what: "A batch",
    problem: `it has ${items.length} items; 1 to ${LIMITS.batchItems} are possible`
  });
}
__name(checkBatch, "checkBatch");
function toHandle({ id, task: task2, isCached }) {
  return { id, taskIdentifier: task2, isCached };
}
__name(toHandle, "toHandle");
function toResult({ id, task: task2, status, output, failure }) {
  const common = { id, taskIdentifier: task2 };
  if (status === "completed")
    return { ok: true, ...common, output: output === void 0 ? void 0 : decodeValue(output) };
  const error = failure === void 0 ? perdureError("CHILD_FAILED", { runId: id, task: task2, problem: `it is ${status}` }) : errorOf(failure);
  return { ok: false, ...common, error };
}
__name(toResult, "toResult");

// dist/sdk/task.js
var KNOWN2 = /* @__PURE__ */ new Set([
  "id",
  "description",
  "retry",
  "queue",
  "maxDuration",
  "ttl",
  "onDivergence",
  "run",
  "schema"
]);
var SHORTEST_MAX_DURATION_SECONDS = 5;
function task(options) {
  return defineTask(options, void 0);
}
__name(task, "task");
function schemaTask(options) {
  return defineTask(options, options.schema);
}
__name(schemaTask, "schemaTask");
function defineTask(options, schema) {
  refuseUnknown(options, KNOWN2, `task ${options.id}`);
  const definition = {
    manifest: toManifest(options),
    ...schema === void 0 ? {} : { schema },
    run: options.run
  };
  const self = {
    id: options.id,
    ...options.description === void 0 ? {} : { description: options.description },
    trigger: /* @__PURE__ */ __name((payload, triggerOptions) => trigger(self, payload, triggerOptions), "trigger"),
    batchTrigger: /* @__PURE__ */ __name((items) => batchTrigger(items.map((item) => ({ ...item, task: self }))), "batchTrigger"),
    triggerAndWait: /* @__PURE__ */ __name((payload, triggerOptions) => triggerAndWait(self, payload, triggerOptions), "triggerAndWait"),
    batchTriggerAndWait: /* @__PURE__ */ __name((items) => batchTriggerAndWait(items.map((item) => ({ ...item, task: self }))), "batchTriggerAndWait"),
    [DEFINITION]: definition
  };
  return self;
}
__name(defineTask, "defineTask");
function toManifest({ id, retry, queue, maxDuration, ttl, onDivergence, ...rest }) {
  if (!isName(id))
    throw perdureError("TASK_INVALID", { task: String(id), problem: `its id ${nameRule()}` });
  if (typeof rest.run !== "function")
    throw perdureError("TASK_INVALID", { task: id, problem: "run is not a function" });
  if (retry !== void 0)
    retryPolicy(retry);
  if (maxDuration !== void 0 && !(maxDuration >= SHORTEST_MAX_DURATION_SECONDS)) {
    throw perdureError("OPTION_INVALID", {
      what: `maxDuration of task ${id}`,
      problem: `it must be at least ${SHORTEST_MAX_DURATION_SECONDS} seconds`
    });
  }
  if (onDivergence !== void 0 && !ON_DIVERGENCE.includes(onDivergence)) {
    throw perdureError("OPTION_INVALID", {
      what: `onDivergence of task ${id}`,
      problem: `it must be one of ${ON_DIVERGENCE.join(", ")}`
    });
  }
  return {
    id,
    queue: toQueue(id, queue),
    ...retry === void 0 ? {} : { retry },
    ...maxDuration === void 0 ? {} : { maxDurationSeconds: maxDuration },
    ...ttl === void 0 ? {} : { ttlMs: ttlMs(ttl) },
    ...onDivergence === void 0 ? {} : { onDivergence }
  };
}
__name(toManifest, "toManifest");
function toQueue(id, queue) {
  if (queue === void 0)
    return { name: `task/${id}`, concurrencyLimit: null };
  if (typeof queue === "string")
    return { name: queue, concurrencyLimit: null };
  refuseUnknown(queue, /* @__PURE__ */ new Set(["name", "concurrencyLimit"]), `queue of task ${id}`);
  const { name = `task/${id}`, concurrencyLimit = null } = queue;
  if (concurrencyLimit !== null && !(Number.isInteger(concurrencyLimit) && concurrencyLimit >= 1 && concurrencyLimit <= 1e5)) {
    throw perdureError("OPTION_INVALID", {
      what: `concurrencyLimit of queue ${name}`,
      problem: "it must be a whole number from 1 to 100,000"
    });
  }
  return { name, concurrencyLimit };
}
__name(toQueue, "toQueue");

// dist/sdk/tasks.js
var tasks = createTasks(void 0, (id) => ({ id }));
function createTasks(client, find2) {
  const chosen = /* @__PURE__ */ __name(() => client?.() ?? (host().currentRun() === void 0 ? defaultClient("tasks.trigger()") : void 0), "chosen");
  return {
    async trigger(task2, payload, options) {
      const found = typeof task2 === "string" ? find2(task2) : task2;
      return trigger(found, payload, options, chosen());
    },
    async batchTrigger(task2, items) {
      const found = typeof task2 === "string" ? find2(task2) : task2;
      return batchTrigger(items.map((item) => ({ ...item, task: found })), chosen());
    }
  };
}
__name(createTasks, "createTasks");

// dist/sdk/logger.js
var logger = {
  debug: logAt("debug"),
  log: logAt("log"),
  info: logAt("info"),
  warn: logAt("warn"),
  error: logAt("error")
};
function logAt(level) {
  return (message, properties) => requireRun(`logger.${level}()`).log(level, message, properties);
}
__name(logAt, "logAt");

// dist/sdk/metadata.js
var metadata = {
  current() {
    return host().currentRun()?.metadata.current();
  },
  get(key) {
    return host().currentRun()?.metadata.current()[checked(key)];
  },
  set(key, value) {
    return change("metadata.set()", { op: "set", key: checked(key), value });
  },
  del(key) {
    return change("metadata.del()", { op: "del", key: checked(key) });
  },
  append(key, value) {
    return change("metadata.append()", { op: "append", key: checked(key), value });
  },
  remove(key, value) {
    return change("metadata.remove()", { op: "remove", key: checked(key), value });
  },
  increment(key, by = 1) {
    return change("metadata.increment()", { op: "increment", key: checked(key), by });
  },
  decrement(key, by = 1) {
    return metadata.increment(key, -by);
  },
  replace(whole) {
    return change("metadata.replace()", { op: "replace", value: whole });
  },
  flush() {
    return requireRun("metadata.flush()").metadata.flush();
  }
};
function change(call, made2) {
  requireRun(call).metadata.change(made2);
  return metadata;
}
__name(change, "change");
function checked(key) {
  if (!["__proto__", "constructor", "prototype"].includes(key))
    return key;
  throw perdureError("OPTION_INVALID", { what: "A metadata key", problem: `it must not be ${key}` });
}
__name(checked, "checked");

// dist/sdk/steps.js
var KNOWN3 = /* @__PURE__ */ new Set(["key", "undo"]);
var step = {
  /**
   * Runs a function once and records its result: a continuation of the run in another process gets the result without
   * running it again. A crash between the function's effect and the record repeats it, so hand `idempotencyKey` to services
   * that take one.
   *
   * @param name - What it is called in the run's story. Equal names in one run need `options.key` to survive a new attempt.
   * @returns What the function returned, as plain data (dates, maps and sets survive).
   * @throws Whatever the function threw, in every continuation alike.
   * @throws {PerdureError} `OUTSIDE_RUN`, `STEP_IN_STEP`, `STEP_KEY_MISSING`, `VALUE_NOT_SERIALIZABLE`, `VALUE_TOO_LARGE`.
   */
  run(name, run, options = {}) {
    const scope = requireRun(`step.run("${name}")`);
    if (scope.stepName !== void 0)
      throw perdureError("STEP_IN_STEP", { inner: name, step: scope.stepName });
    refuseUnknown(options, KNOWN3, `step ${name}`);
    checkName("name", name);
    if (options.key !== void 0)
      checkName("key", String(options.key));
    return scope.step(name, run, options);
  }
};
async function rollback(undo, options = {}) {
  refuseUnknown(options, /* @__PURE__ */ new Set(["key"]), "rollback()");
  await step.run("rollback", () => void 0, { ...options, undo });
}
__name(rollback, "rollback");
function checkName(what, name) {
  if (!isName(name))
    throw perdureError("OPTION_INVALID", { what: `The ${what} of a step`, problem: `it ${nameRule()}` });
}
__name(checkName, "checkName");

// dist/sdk/tags.js
var tags = {
  /** Adds to the tags of the run that is executing; at most 10 in all, equal ones count once. */
  async add(added) {
    await requireRun("tags.add()").addTags(typeof added === "string" ? [added] : added);
  }
};

// dist/sdk/wait.js
var wait = {
  /**
   * Waits without holding a slot, a process or memory: a waiting run is rows.
   *
   * @throws {PerdureError} `OUTSIDE_RUN`, `WAIT_IN_STEP`, `DURATION_INVALID`.
   */
  for(duration, options = {}) {
    const scope = requireRun("wait.for()");
    refuseInStep("wait.for()", scope.stepName);
    const durationMs = parseDuration(duration, "wait");
    return scope.wait({
      kind: "for",
      argument: waitKey(options) ?? String(durationMs),
      dueAt: /* @__PURE__ */ __name((now) => now + durationMs, "dueAt")
    });
  },
  /**
   * Waits until an instant; one that has passed continues at once.
   *
   * @param options.throwIfInThePast - Fail with `OPTION_INVALID` instead. Default: false.
   */
  until(when, options = {}) {
    const scope = requireRun("wait.until()");
    refuseInStep("wait.until()", scope.stepName);
    const { date, throwIfInThePast = false } = typeof when === "object" && "date" in when ? when : { date: when };
    const instant = parseInstant(date, Number.NaN, "date");
    if (Number.isNaN(instant))
      throw perdureError("DURATION_INVALID", { what: "date", given: String(date) });
    return scope.wait({
      kind: "until",
      argument: waitKey(options) ?? String(instant),
      dueAt: /* @__PURE__ */ __name((now) => {
        if (throwIfInThePast && instant < now) {
          throw perdureError("OPTION_INVALID", {
            what: "wait.until()",
            problem: `${new Date(instant).toISOString()} is in the past`
          });
        }
        return Math.max(now, instant);
      }, "dueAt")
    });
  }
};
function waitKey({ key }) {
  if (key === void 0 || isName(key))
    return key;
  throw perdureError("OPTION_INVALID", { what: "The key of a wait", problem: `it ${nameRule()}` });
}
__name(waitKey, "waitKey");
function refuseInStep(call, stepName) {
  if (stepName !== void 0)
    throw perdureError("WAIT_IN_STEP", { call, step: stepName });
}
__name(refuseInStep, "refuseInStep");

// test/bundles/tasks/everything.ts
var child = task({
  id: "child",
  run: /* @__PURE__ */ __name(async (n, { ctx }) => {
    if (n < 0) throw new AbortTaskRunError(`${n} is less than nothing`);
    return { n: n + 1, depth: ctx.run.depth };
  }, "run")
});
var everything = task({
  id: "everything",
  retry: { maxAttempts: 2, minTimeoutInMs: 10 },
  run: /* @__PURE__ */ __name(async ({ at, names }, { ctx }) => {
    logger.info("begun");
    metadata.set("progress", 0.5);
    await tags.add("seen");
    const key = await step.run("key", ({ idempotencyKey }) => idempotencyKey.length > 0, { key: "once" });
    await wait.for({ milliseconds: 20 });
    logger.info("waited", { names: [...names] });
    await wait.until({ date: at });
    const one = await child.triggerAndWait(1).unwrap();
    const { runs: several } = await child.batchTriggerAndWait([{ payload: 2 }, { payload: -1 }]);
    const unwrapped = await child.triggerAndWait(-2).unwrap().catch((error) => error instanceof SubtaskUnwrapError);
    const inStep = await step.run("trigger", () => tasks.trigger("child", 5));
    const polled = await step.run("poll", async () => (await runs.poll(inStep)).output);
    if (ctx.attempt.number === 1) throw new Error("once more");
    return {
      at,
      names,
      key,
      one,
      several: several.map(({ ok }) => ok),
      unwrapped,
      polled,
      attempt: ctx.attempt.number
    };
  }, "run")
});
var undone = task({
  id: "undone",
  retry: { maxAttempts: 1 },
  run: /* @__PURE__ */ __name(async () => {
    await step.run("paid", () => "receipt", {
      undo: /* @__PURE__ */ __name((receipt) => void metadata.set("undone", receipt), "undo")
    });
    rollback(() => void metadata.set("rolledBack", true));
    await wait.for({ milliseconds: 20 });
    throw new Error("no");
  }, "run")
});
var numbers = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: /* @__PURE__ */ __name((given) => typeof given === "number" ? { value: given * 2 } : { issues: [{ message: "no number" }] }, "validate")
  }
};
var checked2 = schemaTask({ id: "checked", schema: numbers, run: /* @__PURE__ */ __name(async (doubled) => doubled, "run") });

// perdure-entry.js
var __perdureFiles = {
  "test/bundles/tasks/everything.ts": everything_exports
};
export {
  __perdureFiles
};
export const __perdureTask0 = __perdureFiles["test/bundles/tasks/everything.ts"]["checked"];
export const __perdureTask1 = __perdureFiles["test/bundles/tasks/everything.ts"]["child"];
export const __perdureTask2 = __perdureFiles["test/bundles/tasks/everything.ts"]["everything"];
export const __perdureTask3 = __perdureFiles["test/bundles/tasks/everything.ts"]["undone"];

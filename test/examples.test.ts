/**
 * The examples run as a user would run them, against the built package, and print what they say.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "perdure-examples-"));

/** What each prints, line by line. */
const OUTPUT: Readonly<Record<string, readonly string[]>> = {
  "first-task.ts": [""],
  "hello.ts": ["completed Hello, world!"],
  "steps-and-retry.ts": ["completed in attempt 2: 1 charge, 3 mails", "failed in attempt 1: Nothing was ordered"],
  "wait.ts": ["Remember: the milk in time: true", "run.created, run.started, run.parked, run.woken, run.completed"],
  "children.ts": [
    '{"nine":9,"squares":[16,"-1 is negative"],"mixed":[25,"DONE"],"problem":"Error in square: -2 is negative"}',
  ],
  "undo.ts": ["traveler told", "hotel in Lisbon canceled, room 12", "failed: No flight left; 0 rooms booked"],
  "idempotency.ts": ["same run: true, first cached: false, second cached: true", "invoice for 7, executed 1 time"],
  "schema-task.ts": ["ada@example.org was born in 1815", "PAYLOAD_INVALID email: Invalid email address"],
  "crash-test.ts": ["The total is 80, whether undisturbed or killed at any of 3 places"],
  "divergence.ts": [
    "After 1 of its recorded results, the journal goes on with",
    '  - step "charge"',
    "but the code asked for",
    '  + step "charge by card"',
    "completed: 41",
  ],
  "alerts.ts": ["run.failed charge-card The card has expired"],
  "http.ts": ["Hello, curl!", "completed Hello, backend!"],
  "tasks.ts": [
    "completed: https://videos.example/v1, user_7 long, progress 1",
    "failed in attempt 1: Video v2 is empty",
    "1 long video",
  ],
  "public-token.ts": ["Hello, page!", "TOKEN_USED SCOPE_MISSING", "1"],
  "logs.ts": [
    'info converting {"file":"report.pdf","password":"[redacted: password]"}',
    'warn no title found {"pages":12}',
    "1 logger",
  ],
  "plain-code.ts": ["order 7, by GET /stock/coffee and POST /orders: the same when killed at any of 4 places"],
  "uncertain.ts": [
    "asked POST /payments, POST /payments; 1 payment",
    "effect.uncertain POST",
    "asked POST /donations; failed in attempt 1",
  ],
  "refused.ts": [
    "careless completed",
    "effect.unrecorded node:fs appendFile diary.txt",
    "effect.repeated node:fs appendFile diary.txt",
    "careful completed",
    "refused failed: EFFECT_REFUSED",
    "careless, careless, careful",
  ],
  "timers.ts": ["tidy: parked, 6 entries", "untidy: never parked, 60 entries"],
  "resume.ts": ["anew: 4 answers in attempt 2, 7 calls", "resuming: 4 answers in attempt 2, 5 calls"],
  "equal-requests.ts": ["ambiguous: effect.ambiguous", "by-step: nothing to say", "by-header: nothing to say"],
  "stream.ts": ["completed: look up, compare, done", "GET /model, POST /lookups, GET /model"],
  "queues.ts": ["queue-paused", "sent to ada@example.org", "limit 5"],
  "news-digest.ts": [
    "killed while it read /ferry, and the front page has changed",
    "completed in attempt 1: 3 stories",
    "mail to ada@example.org: 3 stories of today",
    "Tides run high. The harbour wall held through the night.",
    "Ferry is back. After six weeks in dock, the ferry sails again on Monday.",
    "Bakery turns 100. The oven of 1926 is still in use.",
    '{"GET /":1,"GET /tides":1,"GET /ferry":2,"GET /bakery":1,"POST /emails":1}',
  ],
  "csv-import.ts": [
    "killed when half of the orders were billed",
    'completed {"orders":10000,"cents":45450000,"failed":[]} {"rows":10000,"done":10000}',
    "10000 invoice items for 10000 orders",
  ],
  "video-pipeline.ts": [
    "convert-video, killed while it encodes 480p",
    "completed: 51 and 48 bytes",
    "encoder called for 1080, 480, 480",
    "convert-carelessly, killed while it encodes 480p",
    "warn: node:child_process spawn node at video-pipeline.ts:61:23 cannot be recorded: a continuation of this run in another process repeats it. Wrap it in a step: step.run(name, fn).",
    "effect.unrecorded: node:child_process spawn node at video-pipeline.ts:61:23",
    "effect.repeated: node:child_process spawn node at video-pipeline.ts:61:23",
    "completed: 51 and 48 bytes",
    "encoder called for 1080, 480, 1080, 480",
  ],
  "testing.ts": ["10 days passed, 4 mails sent"],
  "agent-loop.ts": [
    "the first process ended by SIGKILL, in the middle of answer 2",
    "completed: I am sorry that it came broken, and have sent you the money back. Has the money come by now, and is there anything else that I can do?",
    "6 calls of the model for 5 answers, 1 refund, 1 line in the ledger",
  ],
  "agent-patterns.ts": [
    "announce: Perdure est là : c'est gratuit, essayez dès aujourd'hui !",
    "  3 calls of the model; the same when killed at any of 6 places",
    "answer: billing: Invoice 4711 is over 40 €, due on 1 March.",
    "  2 calls of the model; the same when killed at any of 4 places",
    "review: First: The query is put together from what users typed. Then 2 more.",
    "  4 calls of the model; the same when killed at any of 8 places",
    "write-guide: This guide has 3 chapters: Soil, Water, Light.",
    "  5 calls of the model; the same when killed at any of 11 places",
    "name-it: Perdu",
    "  6 calls of the model; the same when killed at any of 12 places",
  ],
};

beforeAll(async () => {
  await run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc")], { cwd: ROOT });
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the examples", () => {
  it("are all listed here", () => {
    const names = readdirSync(join(ROOT, "examples")).filter((name) => name.endsWith(".ts"));
    expect(names.sort()).toEqual(Object.keys(OUTPUT).sort());
  });

  it.each(["news-digest", "csv-import", "video-pipeline"])("%s is shown with what it prints", (name) => {
    const page = readFileSync(join(ROOT, `docs/examples/${name}.md`), "utf8");
    const [, printed] = /^```text\n([\s\S]*?)\n```$/m.exec(page) ?? [];
    expect(printed?.split("\n")).toEqual(OUTPUT[`${name}.ts`]);
  });

  it.each(Object.entries(OUTPUT))("%s prints what it says", { timeout: 240_000 }, async (name, lines) => {
    const { stdout, stderr } = await run(process.execPath, [join(ROOT, "examples", name)], { cwd: folder });
    expect(stdout.trimEnd().split("\n")).toEqual(lines);
    expect(stderr).toBe("");
  });
});

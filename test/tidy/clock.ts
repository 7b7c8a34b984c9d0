/**
 * Time and chance come in through `Env`; then a ten-day wait is a one-millisecond test, and a seed gives one story.
 */
import { isTest, matches, type SourceFile, type Violation } from "./source.ts";

export const ROOMS_WITHOUT_CLOCK = ["core", "engine", "store", "pool", "worker", "sdk", "protocol", "alerts"];

/**
 * Files of those rooms that are the real `Env`, or that keep a timer nobody wants simulated. Each is checked to exist, so
 * that the list does not outlive its reasons; `system/env.ts` needs no row, since `system` is not among the rooms.
 */
export const CLOCK_FILES: Readonly<Record<string, string>> = {
  "src/sdk/env.ts": "the real Env of whoever asks a node over HTTP, in any runtime",
  "src/worker/interception/idle-timer.ts": "the timeout of a request by a run's code, which is a timer of that code",
  "src/worker/interception/fake-socket.ts": "has a method of that name, as every connection of Node has",
  "src/worker/interception/chance.ts": "puts a run's chance in the place of the runtime's",
  "src/worker/interception/clock.ts": "puts a run's clocks in the place of the runtime's",
  "src/worker/interception/delays.ts": "lets the runtime warn of a delay in its own words",
  "src/worker/interception/promised-timers.ts": "puts a run's timers in the place of the runtime's",
  "src/worker/interception/timers.ts": "puts a run's timers in the place of the runtime's",
};

const FORBIDDEN: readonly { readonly name: string; readonly pattern: RegExp; readonly instead: string }[] = [
  { name: "Date.now", pattern: /\bDate\s*\.\s*now\b/g, instead: "env.now()" },
  { name: "new Date()", pattern: /\bnew\s+Date\b(?!\s*\(\s*[^\s)])/g, instead: "new Date(env.now())" },
  { name: "Date()", pattern: /(?<!new\s+)(?<![\w.$])Date\s*\(/g, instead: "new Date(env.now())" },
  { name: "Math.random", pattern: /\bMath\s*\.\s*random\b/g, instead: "env.random()" },
  { name: "performance.now", pattern: /\bperformance\s*\.\s*now\b/g, instead: "env.monotonic()" },
  { name: "process.hrtime", pattern: /\bprocess\s*\.\s*hrtime\b/g, instead: "env.monotonic()" },
  { name: "setTimeout", pattern: /\bsetTimeout\s*\(/g, instead: "env.timer() or sleep()" },
  { name: "setInterval", pattern: /\bsetInterval\s*\(/g, instead: "env.timer() or loop()" },
  { name: "setImmediate", pattern: /\bsetImmediate\s*\(/g, instead: "env.turn()" },
  { name: "AbortSignal.timeout", pattern: /\bAbortSignal\s*\.\s*timeout\b/g, instead: "env.timer()" },
  { name: "crypto.randomUUID", pattern: /\brandomUUID\b/g, instead: "an id of core/ids.ts" },
  {
    name: "crypto.randomBytes",
    pattern: /(?<!\b(?:env|effects)\s*\.\s*)\brandomBytes\s*\((?!\s*\w+\s*:)/g,
    instead: "env.randomBytes()",
  },
  { name: "crypto.getRandomValues", pattern: /\bgetRandomValues\b/g, instead: "env.randomBytes()" },
  { name: "crypto.randomInt", pattern: /\brandomInt\b/g, instead: "env.random()" },
];

const FORBIDDEN_MODULES = /["'](?:node:)?(?:timers(?:\/promises)?|perf_hooks)["']/g;

export function checkClock(file: SourceFile, allowed: Readonly<Record<string, string>> = CLOCK_FILES): Violation[] {
  const room = /^src\/([^/]+)\//.exec(file.path)?.[1];
  if (room === undefined || !ROOMS_WITHOUT_CLOCK.includes(room) || isTest(file.path) || file.path in allowed) return [];
  const calls = FORBIDDEN.flatMap(({ name, pattern, instead }) =>
    matches(file.code, pattern).map(({ line }) => ({
      path: file.path,
      line,
      problem: `uses ${name}; use ${instead}.`,
    })),
  );
  const modules = matches(file.withStrings, FORBIDDEN_MODULES).map(({ line, found }) => ({
    path: file.path,
    line,
    problem: `names the module ${found[0]}; time comes from Env.`,
  }));
  return [...calls, ...modules];
}

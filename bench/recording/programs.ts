/** Ordinary functions that are measured as they are and as the code of a run. Nothing in them knows of Perdure. */

export interface Program {
  readonly title: string;
  /** What `count` counts. */
  readonly unit: string;
  readonly count: number;
  /** How often it is measured in one process. */
  readonly times: number;
  /** @param world - The address of the server. */
  readonly act: (world: string, count: number) => Promise<void>;
}

const LARGE = JSON.stringify({ lines: Array.from({ length: 8_192 }, (_, i) => `${i}: ${"y".repeat(112)}`) });
const BRANCHES = 100;

export const PROGRAMS = {
  "get-10": { title: "10 GET", unit: "request", count: 10, times: 20, act: getSmall },
  "get-1000": { title: "1,000 GET", unit: "request", count: 1_000, times: 3, act: getSmall },
  "post-10": { title: "10 POST", unit: "request", count: 10, times: 20, act: postSmall },
  "post-1000": { title: "1,000 POST", unit: "request", count: 1_000, times: 3, act: postSmall },
  "get-large": { title: "50 GET of 1 MB", unit: "request", count: 50, times: 2, act: getLarge },
  "post-large": { title: "50 POST of 1 MB", unit: "request", count: 50, times: 2, act: postLarge },
  stream: { title: "a stream of 5,000 chunks", unit: "chunk", count: 5_000, times: 3, act: readStream },
  timers: { title: "10,000 timers of 0 and 1 ms, 100 at once", unit: "timer", count: 10_000, times: 2, act: setTimers },
  clock: { title: "1,000,000 Date.now()", unit: "read", count: 1_000_000, times: 5, act: readClock },
  chance: { title: "1,000,000 Math.random()", unit: "read", count: 1_000_000, times: 5, act: throwDice },
} as const satisfies Record<string, Program>;

export type ProgramName = keyof typeof PROGRAMS;

async function getSmall(world: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await (await fetch(`${world}/small`)).json();
}

async function postSmall(world: string, count: number): Promise<void> {
  const headers = { "content-type": "application/json" };
  for (let i = 0; i < count; i++) {
    const body = JSON.stringify({ i, text: "x".repeat(180) });
    await (await fetch(`${world}/small`, { method: "POST", headers, body })).json();
  }
}

async function getLarge(world: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await (await fetch(`${world}/large`)).json();
}

async function postLarge(world: string, count: number): Promise<void> {
  const headers = { "content-type": "application/json" };
  for (let i = 0; i < count; i++)
    await (await fetch(`${world}/small`, { method: "POST", headers, body: LARGE })).json();
}

async function readStream(world: string, count: number): Promise<void> {
  const { body } = await fetch(`${world}/stream/${count}`);
  let bytes = 0;
  for await (const chunk of body as ReadableStream<Uint8Array>) bytes += chunk.length;
  if (bytes === 0) throw new Error("The stream was empty");
}

async function setTimers(_: string, count: number): Promise<void> {
  const branch = async () => {
    for (let i = 0; i < count / BRANCHES; i++) await new Promise((resolve) => setTimeout(resolve, i % 2));
  };
  await Promise.all(Array.from({ length: BRANCHES }, branch));
}

async function readClock(_: string, count: number): Promise<void> {
  let latest = 0;
  for (let i = 0; i < count; i++) latest = Math.max(latest, Date.now());
  if (latest === 0) throw new Error("The clock stands still");
}

async function throwDice(_: string, count: number): Promise<void> {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.random();
  if (sum === 0) throw new Error("Chance has ended");
}

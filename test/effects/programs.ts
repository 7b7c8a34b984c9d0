/**
 * The programs of the design that any implementation must pass, in plain code: no step in any of them but where a program is about
 * steps. Each is given the address of its own space at the server of `program-server.ts`.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { step, task, wait } from "../../src/sdk/index.ts";

export interface Program {
  readonly letter: string;
  readonly name: string;
  readonly run: (at: string) => Promise<unknown>;
  /** Requests that may be in flight at once, which is how many a kill may repeat. Default: 1. */
  readonly inFlight?: number;
  /** It waits, so whether it is kept in memory meanwhile makes a difference. */
  readonly waits?: boolean;
  /** What differs from one undisturbed run to the next, such as which of two came first. */
  readonly stable?: (output: unknown) => unknown;
}

const sleep = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));
const get = async (url: string, init?: RequestInit) =>
  (await fetch(url, init)).json() as Promise<Record<string, unknown>>;
const post = (url: string, body: unknown) =>
  get(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** Of this process: warm in one that has run the program before, cold in a new one. */
let token: string | undefined;
let starts = 0;

export const programs: readonly Program[] = [
  {
    letter: "a",
    name: "acts on the first chunk of a stream",
    inFlight: 2,
    async run(at) {
      const space = at.slice(at.lastIndexOf("/") + 1);
      const response = await fetch(`${at}/stream/${space}`);
      let text = "";
      let ack: unknown;
      for await (const chunk of response.body as ReadableStream<Uint8Array>) {
        text += Buffer.from(chunk).toString("utf8");
        ack ??= await post(`${at}/ack`, { seen: text.split("\n")[0]?.slice(0, 11) });
      }
      return {
        lines: text.split("\n\n").length,
        ends: text.trim().endsWith("[DONE]"),
        isAcknowledged: ack !== undefined,
      };
    },
  },
  {
    letter: "b",
    name: "caches a token in its module",
    inFlight: 1,
    async run(at) {
      token ??= (await get(`${at}/page/token`))["page"] as string;
      const first = await get(`${at}/page/data`, { headers: { authorization: token } });
      const second = await post(`${at}/charge`, { first: first["page"] });
      return { first, second };
    },
  },
  {
    letter: "c",
    name: "starts two equal requests with different credentials in another order",
    inFlight: 2,
    async run(at) {
      const who = (name: string) =>
        get(`${at}/whoami`, { headers: { authorization: name } }).then(({ you }) => ({ [name]: you }));
      const names = starts++ % 2 === 0 ? ["ann", "bob"] : ["bob", "ann"];
      const found = await Promise.all(names.map(who));
      const after = await get(`${at}/page/after`);
      return { ...Object.assign({}, ...found), after };
    },
  },
  {
    letter: "d",
    name: "uploads a form",
    async run(at) {
      const form = new FormData();
      form.set("title", "a form");
      form.set("file", new Blob(["content ".repeat(1_000)]), "file.txt");
      const uploaded = await get(`${at}/form`, { method: "POST", body: form });
      return { uploaded, after: await get(`${at}/page/after`) };
    },
  },
  {
    letter: "e",
    name: "races a timer against a request",
    inFlight: 2,
    async run(at) {
      const slow = get(`${at}/slow/60`).then(() => "request");
      const winner = await Promise.race([sleep(30).then(() => "timer"), slow]);
      const after = await post(`${at}/charge`, { winner });
      return { winner, charged: after["charged"], both: await slow };
    },
    stable: (output) => ({ ...(output as object), winner: undefined, charged: undefined }),
  },
  {
    letter: "f",
    waits: true,
    name: "waits within try, catch and finally",
    async run(at) {
      const seen: string[] = [];
      try {
        await get(`${at}/page/before`);
        await wait.for({ milliseconds: 200 });
        seen.push("waited");
      } catch {
        seen.push("caught");
      } finally {
        seen.push(`finally ${(await post(`${at}/charge`, { seen }))["times"]}`);
      }
      return seen;
    },
  },
  {
    letter: "g",
    name: "polls with timers",
    async run(at) {
      for (let round = 1; ; round++) {
        const { done } = await get(`${at}/done/6`);
        if (done === true) return round;
        await sleep(10);
      }
    },
  },
  {
    letter: "i",
    waits: true,
    name: "races a wait against a polling loop",
    async run(at) {
      const poll = async () => {
        for (;;) {
          const { done, times } = await get(`${at}/done/4`);
          if (done === true) return `found after ${times}`;
          await pause(20);
        }
      };
      return Promise.race([wait.for("1h").then(() => "too late"), poll()]);
    },
  },
  {
    letter: "j",
    name: "reads the clock a hundred thousand times",
    async run(at) {
      const hash = createHash("sha256");
      let last = 0;
      for (let i = 0; i < 100_000; i++) {
        last = Date.now();
        hash.update(String(last));
      }
      const digest = hash.digest("hex");
      const first = await post(`${at}/charge`, { digest });
      const second = await post(`${at}/page/again`, { digest });
      return {
        times: first["times"],
        again: second["times"],
        isSame: (first["charged"] as { digest: string }).digest === digest,
      };
    },
  },
  {
    letter: "k",
    name: "waits for an instant in a loop that does nothing",
    async run(at) {
      const start = Date.now();
      const end = start + 20;
      let rounds = 0;
      while (Date.now() < end) rounds++;
      const { times } = await post(`${at}/charge`, { took: Date.now() - start >= 20 });
      return { times, isOver: rounds > 0 };
    },
  },
  {
    letter: "l",
    name: "retries by itself, with a timeout for each try",
    async run(at) {
      const key = randomUUID();
      for (let attempt = 1; ; attempt++) {
        const response = await fetch(`${at}/flaky/2`, {
          method: "POST",
          headers: { "idempotency-key": key, "content-type": "application/json", "x-retry-count": String(attempt - 1) },
          body: JSON.stringify({ key }),
          signal: AbortSignal.timeout(5_000),
        });
        if (response.ok) return { attempt, ...((await response.json()) as object) };
        await response.body?.cancel();
        await sleep(5 + Math.random() * 5);
      }
    },
  },
  {
    letter: "m",
    name: "leaves an interval running",
    async run(at) {
      let beats = 0;
      const interval = setInterval(() => beats++, 5);
      const first = await get(`${at}/page/first`);
      await sleep(18);
      const second = await get(`${at}/page/second`);
      clearInterval(interval);
      setInterval(() => beats++, 1_000).unref();
      return { first, second, hasBeaten: beats > 0 };
    },
  },
  {
    letter: "o",
    waits: true,
    name: "inserts into a database beside a wait",
    async run(at) {
      const database = new DatabaseSync(join(mkdtempSync(join(tmpdir(), "perdure-program-")), "rows.db"));
      database.exec("create table if not exists rows (id integer primary key, text text)");
      const before = await get(`${at}/page/before`);
      database.prepare("insert into rows (text) values (?)").run("a row");
      await wait.for({ milliseconds: 200 });
      const { rows } = database.prepare("select count(*) as rows from rows").get() as { rows: number };
      database.close();
      return { before, rows, after: await get(`${at}/page/after`) };
    },
  },
  {
    letter: "r",
    name: "makes identical requests in parallel",
    inFlight: 3,
    async run(at) {
      const pages = await Promise.all([1, 2, 3].map(() => get(`${at}/page/same`)));
      const after = await get(`${at}/page/after`);
      return { pages: pages.length, after };
    },
  },
  {
    letter: "s",
    name: "gives a request up",
    inFlight: 2,
    async run(at) {
      const controller = new AbortController();
      const lost = fetch(`${at}/silent`, { method: "POST", body: "x", signal: controller.signal }).catch(
        (error: Error) => error.name,
      );
      const before = await get(`${at}/page/before`);
      await sleep(10);
      controller.abort();
      return { before: before["page"], lost: await lost, after: await get(`${at}/page/after`) };
    },
  },
  {
    letter: "t",
    name: "has fifty branches of five dependent requests",
    inFlight: 50,
    async run(at) {
      const branch = async (i: number) => {
        let sum = 0;
        for (let n = 0; n < 5; n++) sum += ((await get(`${at}/page/${i}-${n}`))["page"] as string).length;
        return sum;
      };
      const sums = await Promise.all(Array.from({ length: 50 }, (_, i) => branch(i)));
      return sums.length;
    },
  },
];

export const digestOne = task({
  id: "digest-one",
  run: async ({ at, item }: { at: string; item: string }) => (await post(`${at}/charge`, { item }))["charged"],
});

/** (p): children are named by what they are given. */
const digest: Program = {
  letter: "p",
  waits: true,
  name: "starts a child for each item of a page that changes",
  async run(at) {
    const { items } = (await get(`${at}/list`)) as { items: string[] };
    await wait.for({ milliseconds: 200 });
    const { runs } = await digestOne.batchTriggerAndWait(items.map((item) => ({ payload: { at, item } })));
    const mail = await post(`${at}/ack`, { digest: runs.map(({ id }) => typeof id) });
    return { items, done: runs.filter(({ ok }) => ok).length, mail };
  },
  inFlight: 3,
};

/** (n): a child is one, also when its parent is gone between asking for it and the answer. */
const children: Program = {
  letter: "n",
  waits: true,
  name: "starts children and waits for one of them",
  async run(at) {
    const { page } = await get(`${at}/page/x`);
    const beside = await digestOne.trigger({ at, item: `${page} beside` });
    const { ok } = await digestOne.triggerAndWait({ at, item: String(page) });
    return { ok, beside: typeof beside.id, after: await get(`${at}/page/after`) };
  },
  inFlight: 2,
};

/** (h): a new attempt keeps each item's own result, though the page has changed. */
const keyed: Program = {
  letter: "h",
  name: "has equally named steps whose items change between attempts",
  async run(at) {
    const { items } = (await get(`${at}/list`)) as { items: string[] };
    const done: unknown[] = [];
    for (const item of items)
      done.push(await step.run("item", async () => (await post(`${at}/charge`, { item }))["charged"], { key: item }));
    if (items.includes("a")) throw new Error("once more");
    return done;
  },
};

export const allPrograms: readonly Program[] = [...programs, children, digest, keyed];

export const programTasks = allPrograms.map(({ letter, run }) =>
  task({
    id: `program-${letter}`,
    retry: { maxAttempts: 2, minTimeoutInMs: 10, maxTimeoutInMs: 10 },
    run: async (at: string) => run(at),
  }),
);

/** For tests that need a process as new: nothing is cached. */
export function coldStart(): void {
  token = undefined;
  starts = 0;
}

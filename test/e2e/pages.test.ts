/** The pages that people look at, in a real browser. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createPerdure, type Perdure } from "../../src/embedded/index.ts";
import { metadata, task, wait } from "../../src/sdk/index.ts";
import { openBrowser } from "../browser.ts";

const KEY = "a-secret-key-of-tests";
const SCRIPT = `<script>document.title = "taken"</script>`;

const greet = task({ id: "greet", run: async (name: string) => `Hello, ${name}!` });
const failing = task({
  id: "failing",
  retry: { maxAttempts: 1 },
  run: async (): Promise<void> => {
    throw new TypeError(`no ${SCRIPT}`);
  },
});
const waiting = task({
  id: "waiting",
  run: async () => {
    metadata.set("progress", 0.5);
    await wait.for("1h");
  },
});

let perdure: Perdure;
let browser: Browser;

beforeAll(async () => {
  const tasks = [greet, failing, waiting];
  perdure = await createPerdure({ db: ":memory:", tasks, http: { port: 0, secretKey: KEY } });
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
  await perdure.stop();
});

async function openPage(path = "/"): Promise<Page> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(`${perdure.url}${path}`);
  return page;
}

async function signIn(page: Page, key = KEY): Promise<void> {
  await page.getByLabel("Secret key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
}

describe("the pages", () => {
  it("are shown to whoever knows the secret key, until they sign out", async () => {
    const page = await openPage();
    await signIn(page, "something-else-entirely");
    expect(await page.getByRole("alert").textContent()).toContain("not one of this Perdure's");
    await signIn(page);
    expect(await page.getByRole("heading").textContent()).toBe("Runs");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.goto(`${perdure.url}/runs/run_1`);
    expect(new URL(page.url()).pathname).toBe("/login");
  });

  it("list runs by status and task, and show one with its payload, output and events", async () => {
    const { id } = await greet.trigger("<b>Ada</b>");
    await perdure.runs.poll(id);
    await failing.trigger(undefined);
    const page = await openPage();
    await signIn(page);
    await page.getByRole("link", { name: "completed" }).click();
    await page.getByLabel("Task").fill("greet");
    await page.getByRole("button", { name: "Show" }).click();
    expect(await page.locator("tbody tr").count()).toBe(1);
    await page.getByRole("link", { name: id }).click();
    const text = await page.locator("body").textContent();
    expect(text).toContain('"Hello, <b>Ada</b>!"');
    expect(text).toContain("run.completed");
  });

  it("show what users' code wrote as text", async () => {
    const { id } = await failing.trigger(undefined);
    await perdure.runs.poll(id);
    const page = await openPage();
    await signIn(page);
    await page.goto(`${perdure.url}/runs/${id}`);
    expect(await page.title()).toBe(`${id} · Perdure`);
    expect(await page.locator("h2.error").textContent()).toBe(`TypeError: no ${SCRIPT}`);
  });

  it("follow a run that goes on", async () => {
    const { id } = await waiting.trigger(undefined);
    const page = await openPage();
    await signIn(page);
    await page.goto(`${perdure.url}/runs/${id}`);
    await perdure.runs.cancel(id);
    await page.locator("dd .canceled").waitFor();
    expect(await page.locator("body").textContent()).toContain('"progress": 0.5');
    expect(await page.locator("meta[http-equiv=refresh]").count()).toBe(0);
  });

  it("say in a sentence that a run does not exist", async () => {
    const page = await openPage();
    await signIn(page);
    const response = await page.goto(`${perdure.url}/runs/run_none`);
    expect(response?.status()).toBe(404);
    expect(await page.getByRole("alert").textContent()).toContain("There is no run run_none.");
  });

  it("open nothing of the API", async () => {
    const page = await openPage();
    await signIn(page);
    const status = await page.evaluate(async () => (await fetch("/api/v1/runs")).status).catch(() => 0);
    expect([0, 401]).toContain(status);
    const answer = await page.request.get(`${perdure.url}/api/v1/runs`);
    expect(answer.status()).toBe(401);
  });

  it("refuse forms of other sites, cookies that are made up or old, and forms that are no form", async () => {
    const post = (headers: Record<string, string>, body: string) =>
      fetch(`${perdure.url}/login`, { method: "POST", headers, body, redirect: "manual" });
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await post({ ...form, origin: "https://evil.example" }, `key=${KEY}`)).status).toBe(403);
    expect((await post(form, `key=${"x".repeat(10_000)}`)).status).toBe(413);
    expect((await post({ "content-type": "application/json" }, "{")).status).toBe(401);
    for (const cookie of ["perdure_session=", "perdure_session=9999999999999.AAAA", "perdure_session=1.x.y"]) {
      const answer = await fetch(perdure.url ?? "", { headers: { cookie }, redirect: "manual" });
      expect([answer.status, answer.headers.get("location")]).toEqual([303, "/login"]);
    }
  });
});

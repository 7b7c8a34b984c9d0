/**
 * A digest of a news site, in plain code: read the front page, wait, have each story read by a run of its own, and mail what came
 * of it. The page changes meanwhile and the process is killed, yet the mail is about the headlines that the run has seen.
 * Run it with `node examples/news-digest.ts`, after `npm run build`. Site and mail service are played by servers of this machine.
 */

import { resolve } from "node:path";
import { parse } from "node-html-parser";
import { type Duration, task, wait } from "perdure";
import { createPerdure } from "perdure/embedded";
import { Resend } from "resend";
import { startLife } from "./servers/lives.ts";
import { startMailApi } from "./servers/mail-api.ts";
import { startNewsSite } from "./servers/news-site.ts";

export const readStory = task({
  id: "read-story",
  // One at a time is polite.
  queue: { concurrencyLimit: 1 },
  run: async ({ url }: { url: string }) => {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    const story = parse(await response.text());
    const textOf = (selector: string) => story.querySelector(selector)?.text ?? "";
    return { title: textOf("h1"), lead: textOf("p.lead") };
  },
});

export const newsDigest = task({
  id: "news-digest",
  run: async ({ site, to, after = "12 hours" }: { site: string; to: string; after?: Duration }, { ctx }) => {
    const front = parse(await (await fetch(site)).text());
    const urls = front.querySelectorAll("h2 a").map((link) => new URL(link.getAttribute("href") ?? "", site).href);

    // By then the front page shows something else.
    await wait.for(after);

    const { runs } = await readStory.batchTriggerAndWait(urls.map((url) => ({ payload: { url } })));
    const stories = runs.flatMap((run) => (run.ok ? [run.output] : []));

    const { data, error } = await new Resend().emails.send(
      {
        from: "The Harbour News <digest@example.org>",
        to,
        subject: `${stories.length} stories of today`,
        text: stories.map(({ title, lead }) => `${title}. ${lead}`).join("\n"),
      },
      // Should the process die while this is under way, it is sent again, with the same key.
      { idempotencyKey: `news-digest/${ctx.run.id}` },
    );
    if (error !== null) throw new Error(error.message);
    return { mail: data.id, stories: stories.length };
  },
});

/** The application: node and worker in one process. */
async function app(): Promise<void> {
  const { DIGEST_DB = ":memory:", NEWS_SITE = "" } = process.env;
  const perdure = await createPerdure({ db: DIGEST_DB, tasks: [newsDigest, readStory], effects: "auto" });
  // With this key there is one digest a day, however often the application is started.
  const payload = { site: NEWS_SITE, to: "ada@example.org", after: "1s" } as const;
  const handle = await newsDigest.trigger(payload, { idempotencyKey: "2026-03-01" });
  const run = await perdure.runs.poll(handle);
  console.log(`${run.status} in attempt ${run.attemptCount}: ${run.output?.stories} stories`);
  await perdure.stop();
}

/** The world around it: a site, a mail service, and a power failure. */
async function main(): Promise<void> {
  const news = await startNewsSite();
  const mail = await startMailApi();
  const variables = {
    DIGEST_DB: resolve(`.data/news-digest-${process.pid}.db`),
    NEWS_SITE: news.url,
    RESEND_BASE_URL: mail.url,
    RESEND_API_KEY: "re_example",
  };

  const first = startLife(import.meta.filename, variables);
  await news.untilAsked("GET /ferry");
  await first.kill();
  news.publish();
  console.log("killed while it read /ferry, and the front page has changed");

  console.log(await startLife(import.meta.filename, variables).ended());
  for (const { to, subject, text } of mail.mails) console.log(`mail to ${to}: ${subject}\n${text}`);
  console.log(JSON.stringify({ ...news.counts, ...mail.counts }));
  news.stop();
  mail.stop();
}

if (process.argv[1] === import.meta.filename) await (process.argv[2] === "app" ? app() : main());

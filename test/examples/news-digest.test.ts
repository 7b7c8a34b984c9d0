/** The digest's tasks in worker processes that are killed while the front page changes. */
import { expect, it, onTestFinished, vi } from "vitest";
import { newsDigest, readStory } from "../../examples/news-digest.ts";
import { startMailApi } from "../../examples/servers/mail-api.ts";
import { startNewsSite } from "../../examples/servers/news-site.ts";
import { type Performing, perform } from "./perform.ts";

vi.setConfig({ testTimeout: 180_000 });

const ONCE = { "GET /": 1, "GET /tides": 1, "GET /ferry": 1, "GET /bakery": 1 };
const RUNS = { "news-digest completed": 1, "read-story completed": 3 };
const TEXT = `Tides run high. The harbour wall held through the night.
Ferry is back. After six weeks in dock, the ferry sails again on Monday.
Bakery turns 100. The oven of 1926 is still in use.`;

type World = Awaited<ReturnType<typeof startWorld>>;

async function startWorld() {
  const news = await startNewsSite();
  onTestFinished(news.stop);
  const mail = await startMailApi();
  onTestFinished(mail.stop);
  return { news, mail };
}

async function digest(more: (world: World) => Partial<Performing>) {
  const world = await startWorld();
  const { news, mail } = world;
  const performance = await perform({
    file: "news-digest.ts",
    tasks: [newsDigest, readStory],
    task: newsDigest,
    payload: { site: news.url, to: "ada@example.org", after: "20ms" },
    variables: { RESEND_API_KEY: "re_test", RESEND_BASE_URL: mail.url },
    onKilled: news.publish,
    ...more(world),
  });
  expect(performance).toMatchObject({ status: "completed", attempt: 1, runs: RUNS });
  expect(performance.output).toEqual({ mail: expect.stringMatching(/^[0-9a-f-]{36}$/), stories: 3 });
  expect(mail.mails).toEqual([expect.objectContaining({ to: "ada@example.org", text: TEXT })]);
  return { ...performance, asked: news.counts, mailed: mail.counts["POST /emails"] };
}

it("tells of the front page that it saw, wherever its process is killed, and asks for nothing twice that is recorded", async () => {
  const undisturbed = await digest(() => ({}));
  expect(undisturbed).toMatchObject({ kills: 0, asked: ONCE, mailed: 1 });
  expect(undisturbed.writes.length).toBeGreaterThan(5);
  for (let killAfterWrites = 1; killAfterWrites <= undisturbed.writes.length; killAfterWrites++) {
    const killed = await digest(() => ({ killAfterWrites }));
    const place = `killed after write ${killAfterWrites}, of ${undisturbed.writes[killAfterWrites - 1]}`;
    expect(killed, place).toMatchObject({ kills: 1, asked: ONCE, mailed: 1 });
  }
});

it("asks once more for the page that was on its way", async () => {
  const killed = await digest(({ news }) => ({
    lieInWait: (kill) => void news.untilAsked("GET /ferry").then(kill),
  }));
  expect(killed).toMatchObject({ kills: 1, asked: { ...ONCE, "GET /ferry": 2 }, mailed: 1 });
});

it("sends one mail, though the process dies while it is being sent", async () => {
  const killed = await digest(({ mail }) => ({
    lieInWait: (kill) => void mail.untilAsked("POST /emails").then(kill),
  }));
  expect(killed).toMatchObject({ kills: 1, asked: ONCE, mailed: 2 });
  const uncertain = killed.events.filter(({ kind }) => kind === "effect.uncertain");
  expect(uncertain.map(({ details }) => details)).toEqual([expect.stringContaining("/emails")]);
});

/** A small news site: a front page whose headlines change while the day goes on, and a page for each story. */
import { type Answer, startCountingServer } from "./counting-server.ts";

interface Story {
  readonly slug: string;
  readonly title: string;
  readonly lead: string;
}

const STORIES: readonly Story[] = [
  { slug: "tides", title: "Tides run high", lead: "The harbour wall held through the night." },
  { slug: "ferry", title: "Ferry is back", lead: "After six weeks in dock, the ferry sails again on Monday." },
  { slug: "bakery", title: "Bakery turns 100", lead: "The oven of 1926 is still in use." },
  { slug: "storm", title: "Storm on its way", lead: "Winds of up to 110 km/h are expected tomorrow." },
];
const ON_THE_FRONT_PAGE = 3;

export async function startNewsSite() {
  let newest = 0;
  const server = await startCountingServer(({ path }) => {
    if (path === "/") return page("The Harbour News", frontPage(newest));
    const story = STORIES.find(({ slug }) => path === `/${slug}`);
    if (story === undefined) return { ...page("Not found", "<h1>Not found</h1>"), status: 404 };
    return page(story.title, `<article><h1>${story.title}</h1><p class="lead">${story.lead}</p></article>`);
  });
  return {
    ...server,
    /** The next story comes onto the front page, and the oldest goes from it. */
    publish(): void {
      newest++;
    },
  };
}

function frontPage(newest: number): string {
  const shown = STORIES.slice(newest, newest + ON_THE_FRONT_PAGE);
  const headlines = shown.map(({ slug, title }) => `<li><h2><a href="/${slug}">${title}</a></h2></li>`);
  return `<h1>The Harbour News</h1>\n<ol>\n${headlines.join("\n")}\n</ol>`;
}

function page(title: string, main: string): Answer {
  const body = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title></head>
<body>
<nav><a href="/">Home</a></nav>
<main>
${main}
</main>
</body>
</html>
`;
  return { headers: { "content-type": "text/html; charset=utf-8" }, body };
}

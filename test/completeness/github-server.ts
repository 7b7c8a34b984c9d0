/** GitHub's API as far as the completeness test needs it: issues of a repository, in pages, and a new one. */
import { type ScriptedServer, sendJson, startScriptedServer } from "../../examples/servers/scripted-server.ts";

interface Issue {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly state: "open";
}

const ISSUES_PATH = /^\/repos\/[\w-]+\/[\w-]+\/issues$/;

/** @param count - Issues that there are at the beginning. */
export async function startGitHubServer(count: number): Promise<ScriptedServer> {
  const issues: Issue[] = Array.from({ length: count }, (_, i) => issue(i + 1, `Issue ${i + 1}`));
  const server = await startScriptedServer(({ method, path, query, body, headers }, response) => {
    const limits = {
      "x-ratelimit-limit": "5000",
      "x-ratelimit-remaining": "4999",
      "x-github-media-type": "github.v3; format=json",
    };
    if (!ISSUES_PATH.test(path))
      return sendJson(
        response,
        404,
        { message: "Not Found", documentation_url: "https://docs.github.com/rest", status: "404" },
        limits,
      );
    if (method === "POST") {
      const created = issue(issues.length + 1, (JSON.parse(body.toString("utf8")) as { title: string }).title);
      issues.push(created);
      return sendJson(response, 201, created, limits);
    }
    const [size, page] = [Number(query.get("per_page") ?? 30), Number(query.get("page") ?? 1)];
    const last = Math.ceil(issues.length / size);
    const link = (to: number, rel: string) =>
      `<http://${headers.host}${path}?per_page=${size}&page=${to}>; rel="${rel}"`;
    const links = page < last ? { link: `${link(page + 1, "next")}, ${link(last, "last")}` } : {};
    sendJson(response, 200, issues.slice((page - 1) * size, page * size), { ...limits, ...links });
  });
  return server;
}

function issue(number: number, title: string): Issue {
  return { id: 1_000 + number, number, title, state: "open" };
}

/** A server for clients that speak no provider's API: pages, forms, redirects, streams, failures, and one that never answers. */
import { gzipSync } from "node:zlib";
import {
  type Answer,
  type ScriptedServer,
  sendEvents,
  sendJson,
  startScriptedServer,
} from "../../examples/servers/scripted-server.ts";

export function startWebServer(): Promise<ScriptedServer> {
  return startScriptedServer((request, response) => {
    const [, route = ""] = request.path.split("/");
    const answer = ROUTES[route];
    if (answer === undefined) return sendJson(response, 404, { error: "There is no such page." });
    return answer(request, response);
  });
}

const ROUTES: Readonly<Record<string, Answer>> = {
  /** `/page/x` */
  page: ({ path }, response) => sendJson(response, 200, { page: path.slice("/page/".length) }),
  echo: ({ method, headers, body }, response) =>
    sendJson(response, 200, { method, type: headers["content-type"] ?? null, said: body.toString("utf8") }),
  /** `/redirect/301`: to `/echo`, with that status. */
  redirect: ({ path }, response) => {
    response.writeHead(Number(path.slice("/redirect/".length)), { location: "/echo", "content-length": 0 }).end();
  },
  zipped: (_, response) => {
    response
      .writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" })
      .end(gzipSync('{"page":"zipped"}'));
  },
  events: (_, response) =>
    sendEvents(
      response,
      ["one", "two", "three"].map((data) => ({ data })),
      1,
    ),
  /** `/flaky/2`: answers so often with a failure before it does not. */
  flaky: ({ path, before }, response) => {
    if (before < Number(path.slice("/flaky/".length)))
      sendJson(response, 503, { error: "busy" }, { "retry-after": "0" });
    else sendJson(response, 200, { page: "flaky", tries: before + 1 });
  },
  /** `/more/1`: pages with links to the next, up to 3. */
  more: ({ path, headers }, response) => {
    const page = Number(path.slice("/more/".length));
    const link = page < 3 ? { link: `<http://${headers.host}/more/${page + 1}>; rel="next"` } : {};
    sendJson(response, 200, [`item of page ${page}`], link as Record<string, string>);
  },
  /** Begins a stream that never goes on. */
  stuck: (_, response) => void response.writeHead(200, { "content-type": "text/plain" }).write("first"),
  silent: () => undefined,
};

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What one program has asked of the world: `POST /charge {"id":1}`, in the order in which the requests came. */
export type Asked = string[];

type Answer = (
  request: { path: string; body: string; headers: IncomingMessage["headers"]; times: number },
  response: ServerResponse,
) => void | Promise<void>;

/**
 * The world of the programs: each has a space of its own, `/<space>/…`, where every request is counted. What a page says changes with
 * each look at it, so that one which is asked for again shows in the result.
 */
export async function startProgramServer() {
  const spaces = new Map<string, Asked>();
  const waiting = new Map<string, (() => void)[]>();
  const server = createServer(async (request, response) => {
    const [, space = "", route = "", ...rest] = (request.url ?? "").split("/");
    const body = await textOf(request);
    const asked = spaces.get(space) ?? [];
    spaces.set(space, asked);
    const path = [route, ...rest].join("/");
    const name = `${request.method} /${path}${body === "" ? "" : ` ${shortened(body, request.headers["content-type"])}`}`;
    const times = asked.filter((one) => one.startsWith(`${request.method} /${path}`)).length + 1;
    asked.push(name);
    for (const resolve of waiting.get(`${space} ${path}`) ?? []) resolve();
    const answer = ROUTES[route] ?? notFound;
    await answer({ path: rest.join("/"), body, headers: request.headers, times }, response);

    function notFound() {
      response.writeHead(404).end();
    }
  });
  /** Resolves when somebody asks for this path in this space, or has. */
  function untilAsked(space: string, path: string): Promise<void> {
    if (spaces.get(space)?.some((one) => one.includes(` /${path}`))) return Promise.resolve();
    const key = `${space} ${path}`;
    return new Promise((resolve) => waiting.set(key, [...(waiting.get(key) ?? []), resolve]));
  }
  const ROUTES: Readonly<Record<string, Answer>> = {
    /** `/page/x`: how often it was looked at. */
    page: ({ path, times }, response) => json(response, { page: path, times }),
    charge: ({ body, times }, response) => json(response, { charged: JSON.parse(body) as unknown, times }),
    whoami: ({ headers }, response) => json(response, { you: headers.authorization ?? "nobody" }),
    /** `/slow/60`: after so many milliseconds. */
    slow: async ({ path, times }, response) => {
      await new Promise((resolve) => setTimeout(resolve, Number(path)));
      json(response, { slow: path, times });
    },
    /** Its second chunk comes when somebody has asked for /ack. */
    stream: async ({ path, times }, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: first ${times}\n\n`);
      await untilAsked(path, "ack");
      for (let i = 2; i <= 4; i++) response.write(`data: chunk ${i} ${times}\n\n`);
      response.end("data: [DONE]\n\n");
    },
    /** `/chunked/300000`: so many bytes, of which nobody knows before how many. */
    chunked: ({ path }, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      for (let left = Number(path); left > 0; left -= 65_536) response.write("x".repeat(Math.min(left, 65_536)));
      response.end();
    },
    ack: ({ times }, response) => json(response, { ack: times }),
    /** `/done/5`: false until it was asked for so often. */
    done: ({ path, times }, response) => json(response, { done: times >= Number(path), times }),
    /** `/flaky/2`: fails so often before it does not. */
    flaky: ({ path, times }, response) => {
      if (times <= Number(path))
        response.writeHead(503, { "content-type": "application/json" }).end('{"error":"busy"}');
      else json(response, { times });
    },
    form: ({ body, headers, times }, response) => {
      const boundary = /boundary=(.*)$/.exec(headers["content-type"] ?? "")?.[1] ?? "none";
      json(response, { parts: body.split(`--${boundary}`).length - 2, times });
    },
    /** Never answers. */
    silent: () => undefined,
    list: ({ times }, response) => json(response, { items: times === 1 ? ["a", "b", "c"] : ["c", "x"] }),
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked: (space: string): readonly string[] => spaces.get(space) ?? [],
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function json(response: ServerResponse, content: unknown): void {
  const text = JSON.stringify(content);
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) }).end(text);
}

function shortened(body: string, type = ""): string {
  if (type.startsWith("multipart/")) return "(a form)";
  return body.length > 40 ? "(a long body)" : body;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

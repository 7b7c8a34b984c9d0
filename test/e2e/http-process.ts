import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { createInterface } from "node:readline";

export const KEY = "tr_prod_a-secret-key-of-tests";

/** A node in a process of its own, reached over HTTP. */
export interface HttpProcess {
  readonly url: string;
  ask(path: string, asked?: Asked): Promise<Answer>;
  kill(): Promise<void>;
  /** @returns The exit code. */
  stop(): Promise<number>;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as they are, one after another. */
  readonly body?: string | readonly (string | Uint8Array)[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export async function startHttpProcess(db = ":memory:"): Promise<HttpProcess> {
  const env = { ...process.env, PERDURE_SECRET_KEY: KEY, TEST_DB: db };
  const server = spawn(process.execPath, [`${import.meta.dirname}/http-server.ts`], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [url] = (await once(createInterface({ input: server.stdout }), "line")) as [string];
  return {
    url,
    ask: (path, asked) => ask(url, path, asked),
    async kill() {
      server.kill("SIGKILL");
      await ended(server);
    },
    async stop() {
      server.stdin.end();
      return ended(server);
    },
  };
}

async function ended(server: ChildProcess): Promise<number> {
  if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  return server.exitCode ?? -1;
}

/** A request as it is, without what a client adds or forbids. */
async function ask(url: string, path: string, { method = "GET", headers = {}, body }: Asked = {}): Promise<Answer> {
  const target = path.startsWith("http") ? path : `${url}${path}`;
  const asking = request(target, { method, headers: { authorization: `Bearer ${KEY}`, ...headers } });
  // The answer may come before all was sent, and what is sent then finds nobody.
  asking.on("error", () => undefined);
  for (const part of typeof body === "string" ? [body] : (body ?? [])) asking.write(part);
  asking.end();
  const [response] = await once(asking, "response");
  let text = "";
  for await (const part of response.setEncoding("utf8")) text += part;
  return { status: response.statusCode, headers: response.headers, text, json: parsed(text) };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

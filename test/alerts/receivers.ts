/** Who is told: real servers that keep what they get. */
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { onTestFinished, vi } from "vitest";

/** Thirty-two bytes, as the specification writes a secret. */
export const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

export interface Request {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly requests: Request[];
  /** Resolves when there are so many requests. */
  has(count: number, timeoutMs?: number): Promise<void>;
}

type Answer = number | RequestListener;

/** A server for webhooks. @param answers - What it answers first, second, …; the last one ever after. Default: 204. */
export async function receiveWebhooks(answers: readonly Answer[] = [204], port = 0): Promise<Receiver> {
  const requests: Request[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      const answer = answers[Math.min(requests.length, answers.length - 1)] as Answer;
      requests.push({ path: request.url ?? "", headers: request.headers, body });
      if (typeof answer === "function") answer(request, response);
      else response.writeHead(answer).end();
    });
  });
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}/hook`,
    port: own,
    requests,
    async has(count, timeout = 30_000) {
      await vi.waitUntil(() => requests.length >= count, { timeout, interval: 20 });
    },
  };
}

/** A port that nobody listens on, for now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** Head and body, their long lines in one piece. */
  readonly text: string;
}

export interface Mailbox {
  readonly url: string;
  readonly mails: Mail[];
}

/** A mail server with one user. @param refuse - Receivers that it does not know. */
export async function receiveMails({ refuse = [] }: { refuse?: readonly string[] } = {}): Promise<Mailbox> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: false,
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    onAuth: ({ username, password }, _, done) =>
      username === "perdure" && password === "p@ss"
        ? done(null, { user: username })
        : done(new Error("Wrong password")),
    onRcptTo: ({ address }, _, done) => done(refuse.includes(address) ? new Error("No such user") : null),
    onData(stream, { envelope }, done) {
      let text = "";
      stream.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      stream.on("end", () => {
        const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), text: unfolded(text) });
        done();
      });
    },
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", () => listening()));
  onTestFinished(() => new Promise<void>((closed) => server.close(() => closed())));
  const { port } = server.server.address() as AddressInfo;
  return { url: `smtp://perdure:p%40ss@127.0.0.1:${port}`, mails };
}

function unfolded(text: string): string {
  return text.replaceAll("=\r\n", "").replaceAll("\r\n ", " ");
}

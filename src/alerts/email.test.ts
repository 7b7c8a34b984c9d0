import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { freePort, receiveMails } from "../../test/alerts/receivers.ts";
import type { AlertMessage } from "./channel.ts";
import { emailChannel } from "./email.ts";
import { mailServer } from "./mail-server.ts";
import { loadMailer } from "./mailer.ts";

const MESSAGE: AlertMessage = {
  type: "run.failed",
  timestamp: "2030-01-01T00:00:00.000Z",
  text: "Run run_1 of billing failed: Error: no\r\nBcc: everyone@example.org",
  data: { run: { id: "run_1", task: "billing" }, error: { name: "Error", message: "no" } },
};
const { signal } = new AbortController();

async function send(url: string, to: readonly string[] = ["ops@example.org"], message = MESSAGE) {
  const options = {
    to,
    from: "Perdure <perdure@example.org>",
    server: mailServer(url, "URL"),
    mailer: await loadMailer(),
  };
  return emailChannel(options).send(message, { id: "run_alert", signal });
}

describe("a mail", () => {
  it("says in plain text what happened and what to do", async () => {
    const { url, mails } = await receiveMails();
    expect(await send(url)).toEqual({ kind: "sent", note: "accepted for ops@example.org" });
    const [mail] = mails;
    expect(mail).toMatchObject({ from: "perdure@example.org", to: ["ops@example.org"] });
    const [head = "", body = ""] = mail?.text.split("\r\n\r\n", 2) ?? [];
    expect(head).toContain("Message-ID: <run_alert@example.org>");
    expect(head).toContain("Subject: [perdure] Run run_1 of billing failed: Error: no\r\n");
    expect(head).toContain("Auto-Submitted: auto-generated");
    expect(head).toContain("Content-Type: text/plain");
    expect(head).not.toMatch(/^Bcc/m);
    expect(body).toContain("Run run_1 of billing failed");
    expect(mail?.text).toContain("perdure runs get run_1");
  });

  it("goes to those whom the server knows", async () => {
    const { url, mails } = await receiveMails({ refuse: ["gone@example.org"] });
    const sent = await send(url, ["gone@example.org", "ops@example.org"]);
    expect(sent).toEqual({ kind: "sent", note: "accepted for ops@example.org; refused for gone@example.org" });
    expect(mails.map(({ to }) => to)).toEqual([["ops@example.org"]]);
    expect(await send(url, ["gone@example.org"])).toMatchObject({
      kind: "failed",
      problem: expect.stringContaining("No such user"),
    });
  });

  it("has failed when the server is not there or does not know us, and no password is in what it says", async () => {
    const { url } = await receiveMails();
    const wrong = await send(url.replace("p%40ss", "another-password"));
    expect(wrong).toMatchObject({ kind: "failed", problem: expect.stringContaining("did not take the mail") });
    expect(JSON.stringify(wrong)).not.toContain("another-password");
    const gone = await send(`smtp://127.0.0.1:${await freePort()}`);
    expect(gone).toMatchObject({ kind: "failed", problem: expect.stringContaining("ECONNREFUSED") });
  });
});

describe("a mail that nobody waits for any more", () => {
  it("is not waited for, though the server says nothing", async () => {
    const silent = createServer();
    await new Promise<void>((listening) => silent.listen(0, "127.0.0.1", listening));
    const connected = once(silent, "connection") as Promise<[Socket]>;
    const stopping = new AbortController();
    const server = mailServer(`smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`, "URL");
    const channel = emailChannel({ to: ["a@b.org"], from: "c@d.org", server, mailer: await loadMailer() });
    const sending = channel.send(MESSAGE, { id: "run_alert", signal: stopping.signal });
    const [socket] = await connected;
    stopping.abort();
    expect(await sending).toMatchObject({ kind: "failed" });
    await once(socket.resume(), "close");
    silent.close();
  });
});

describe("the address of a mail server", () => {
  it.each([
    [
      "smtps://a:b%25c@mail.example.org",
      { host: "mail.example.org", port: 465, secure: true, requireTLS: false, auth: { user: "a", pass: "b%c" } },
    ],
    ["smtp://a:b@mail.example.org", { port: 587, secure: false, requireTLS: true }],
    ["smtp://a:b@localhost:25", { port: 25, requireTLS: false }],
    ["smtp://[::1]:25/", { host: "::1", port: 25, requireTLS: false }],
  ])("%s says how it is spoken to", (text, server) => {
    expect(mailServer(text, "URL")).toMatchObject(server);
  });

  it.each([
    "",
    "mail.example.org",
    "http://a:b@c",
    "smtps://a:b@c/path",
    "smtps://a:b@c?pool=true",
    "smtps://a:100%@c",
  ])("%s is refused without being repeated", (text) => {
    expect(() => mailServer(text, "PERDURE_SMTP_URL")).toThrow(
      expect.objectContaining({ code: "VARIABLE_INVALID", message: expect.not.stringContaining("a:b@c") }),
    );
  });
});

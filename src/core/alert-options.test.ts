import { describe, expect, it } from "vitest";
import { alertRules, checkAlerts } from "./alert-options.ts";
import { isPerdureError } from "./errors.ts";

const HOOK = { webhook: { url: "https://hooks.example.org/a/secret/path" } };
const MAIL = { email: { to: "ops@example.org", from: "Perdure <perdure@example.org>" } };

function problemOf(given: unknown): string {
  try {
    checkAlerts(given, "perdure.config.ts");
  } catch (error) {
    if (isPerdureError(error)) return `${error.code} ${error.sentence}`;
    throw error;
  }
  return "";
}

describe("alerts are refused", () => {
  it.each<[string, unknown, string]>([
    ["as an object", HOOK, "alerts must be a list"],
    ["in a crowd", Array(51).fill(HOOK), "at most 50"],
    ["that are none", [null], "alerts[0] must be an object"],
    ["without a channel", [{ on: "failure" }], "alerts[0] must have one of webhook, command, email"],
    ["with two channels", [HOOK, { ...HOOK, ...MAIL }], "alerts[1] must have one of"],
    [
      "with an unknown option",
      [{ ...HOOK, task: "a" }],
      "OPTION_UNSUPPORTED perdure.config.ts has the option alerts[0].task",
    ],
    ["of an unknown occasion", [{ ...HOOK, on: "success" }], "alerts[0].on must be one of failure, held"],
    ["for no task", [{ ...HOOK, tasks: [] }], "alerts[0].tasks must be a list"],
    ["for a task that is none", [{ ...HOOK, tasks: [{ id: "a" }] }], "alerts[0].tasks must be a list"],
    ["with an empty name", [{ ...HOOK, name: "" }], "alerts[0].name must be text of 1 to 64"],
    [
      "with one name for two",
      [
        { ...HOOK, name: "a" },
        { ...MAIL, name: "a" },
      ],
      "two alerts have the name a",
    ],
    ["to an address that is none", [{ webhook: { url: "example.org" } }], "alerts[0].webhook.url must be an http"],
    ["to a file", [{ webhook: { url: "file:///etc/passwd" } }], "alerts[0].webhook.url must be an http"],
    ["to an address with a password", [{ webhook: { url: "https://a:b@c.org" } }], "without user and password"],
    ["to two addresses", [{ webhook: { ...HOOK.webhook, urlVariable: "URL" } }], "either url or urlVariable"],
    ["to nowhere", [{ webhook: {} }], "either url or urlVariable"],
    [
      "with a secret in the file",
      [{ webhook: { ...HOOK.webhook, secretVariable: "whsec_abc=" } }],
      "not the secret itself",
    ],
    ["with a command for a shell", [{ command: "notify.sh --now" }], "alerts[0].command must be a list"],
    ["with an empty command", [{ command: [] }], "alerts[0].command must be a list"],
    ["with variables for a webhook", [{ ...HOOK, variables: ["A"] }], "alerts[0].variables are for a command"],
    [
      "with values of variables",
      [{ command: ["a"], variables: ["A=b"] }],
      "alerts[0].variables must be a list of names",
    ],
    ["without a receiver", [{ email: { ...MAIL.email, to: [] } }], "alerts[0].email.to must be an address"],
    ["with a further header", [{ email: { ...MAIL.email, to: "a@b.org\r\nBcc: c@d.org" } }], "alerts[0].email.to must"],
    ["without a sender", [{ email: { to: "a@b.org" } }], "alerts[0].email.from must be an address"],
    [
      "with a server in the file",
      [{ email: { ...MAIL.email, smtpVariable: "smtps://a:b@c" } }],
      "not the secret itself",
    ],
  ])("%s", (_, given, problem) => {
    expect(problemOf(given)).toContain(problem);
  });

  it("without repeating a secret that was put in the wrong place", () => {
    expect(problemOf([{ webhook: { ...HOOK.webhook, secretVariable: "whsec_abc=" } }])).not.toContain("abc");
  });
});

describe("alerts are accepted", () => {
  it("with and without each option, and have names by which deliveries find them", () => {
    const command = { command: ["./notify.sh", "--now"], variables: ["TOKEN"], on: "held" as const };
    const secret = { webhook: { urlVariable: "HOOK_URL", secretVariable: "HOOK_SECRET" }, tasks: ["a", "b*"] };
    const alerts = checkAlerts([HOOK, HOOK, secret, MAIL, command, { ...HOOK, name: "own" }], "x");
    expect(alertRules(alerts)).toEqual([
      { name: "webhook hooks.example.org", on: ["failure", "held"] },
      { name: "webhook hooks.example.org 2", on: ["failure", "held"] },
      { name: "webhook HOOK_URL", on: ["failure", "held"], tasks: ["a", "b*"] },
      { name: "email ops@example.org", on: ["failure", "held"] },
      { name: "command ./notify.sh", on: ["held"] },
      { name: "own", on: ["failure", "held"] },
    ]);
  });
});

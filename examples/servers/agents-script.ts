/** What the model of the examples says. It depends on the prompt alone, as that of a careful model at temperature 0 would. */
import type { Conversation, ModelScript, Reply } from "./model-script.ts";

const RULES: readonly (readonly [RegExp, (found: readonly string[], asked: Conversation) => Reply])[] = [
  // Prompt chaining.
  [/^Outline the news of (.+) in three lines/, ([, thing]) => say(`${thing} is here\nIt costs nothing\nTry it today`)],
  [/^Make one sentence of this outline:\n(.+)\n(.+)\n(.+)/, ([, a, b, c]) => say(`${a}: ${lower(b)}, so ${lower(c)}!`)],
  [
    /^Translate into French:\n(.+): it costs nothing/,
    ([, what]) => say(`${what?.replace("is here", "est là")} : c'est gratuit, essayez dès aujourd'hui !`),
  ],
  // Routing.
  [/^Which desk should answer this\?\n(.*invoice.*)/, () => fill({ result: "billing" })],
  [/^Which desk should answer this\?/, () => fill({ result: "technical" })],
  [
    /invoice (\d+)/,
    ([, number], { instructions }) =>
      say(instructions.includes("amount") ? `Invoice ${number} is over 40 €, due on 1 March.` : "I cannot say."),
  ],
  // Parallelization.
  [
    /^Review this:\n/,
    (_, { instructions }) => say(REVIEWS.find(([about]) => instructions.includes(about))?.[1] ?? "Nothing."),
  ],
  [
    /^What is to be done first\?\n(.+)\n(.+)\n(.+)/,
    ([, first, ...others]) => say(`First: ${first} Then ${others.length} more.`),
  ],
  // Orchestrator and workers.
  [
    /^Plan the chapters of a guide to (\w+)/,
    ([, subject]) =>
      fill({
        elements: ["soil", "water", "light"].map((about) => ({
          title: capital(about),
          about: `${about} for ${subject}`,
        })),
      }),
  ],
  [
    /^Write the chapter (\w+), about (.+)\./,
    ([, title, about]) => say(`${title}: all that you need to know of ${about}.`),
  ],
  [
    /^Introduce these chapters:\n([\s\S]+)/,
    ([, chapters = ""]) =>
      say(`This guide has ${chapters.split("\n").length} chapters: ${chapters.match(/^\w+/gm)?.join(", ")}.`),
  ],
  // Evaluator and optimizer.
  [
    /^Find a name for (.+) like (.+), but: (.+)/,
    ([, , name, problem]) => say(problem?.includes("long") ? "Perdu" : `${name}able`),
  ],
  [/^Find a name for (.+)\./, () => say("Endur")],
  [
    /^How good a name for .+ is (\w+),/,
    ([, name]) => fill(VERDICTS[name ?? ""] ?? { score: 1, problem: "it says nothing" }),
  ],
  // The agent with tools.
  [/order (\d+)/, ([, order]) => use("findOrder", { order: Number(order) }, `Let me look at order ${order}. `)],
  [/^A day has passed/, () => say("Has the money come by now, and is there anything else that I can do?")],
];

const REVIEWS = [
  ["security", "The query is put together from what users typed."],
  ["speed", "Each row is read by a query of its own."],
  ["readability", "The name x says nothing."],
] as const;

const VERDICTS: Readonly<Record<string, { score: number; problem: string }>> = {
  Endur: { score: 4, problem: "it sounds unfinished" },
  Endurable: { score: 6, problem: "it is too long" },
  Perdu: { score: 9, problem: "nothing" },
};

/** Of the agent: what it does next follows from what its tools gave. */
const COMPLAINT: readonly (readonly [RegExp, (found: readonly string[]) => Reply])[] = [
  [
    /"order":(\d+),"article":"(\w+)","price":(\d+)/,
    ([, order, article, price]) =>
      use("refund", { order: Number(order), amount: Number(price) }, `It is a ${article} for ${price} €. `),
  ],
  [/"refund":(\d+)/, ([, refund]) => use("writeToLedger", { line: `refund ${refund}` })],
  [/^written$/, () => say("I am sorry that it came broken, and have sent you the money back.")],
];

export const agentsScript: ModelScript = (asked) => {
  for (const [pattern, reply] of COMPLAINT) {
    const found = pattern.exec(asked.toolResults.join("\n"));
    if (found !== null) return reply(found);
  }
  for (const [pattern, reply] of RULES) {
    const found = pattern.exec(asked.prompt);
    if (found !== null) return reply(found, asked);
  }
  return {
    refusal: { status: 400, type: "invalid_request_error", message: `The script has no answer to: ${asked.prompt}` },
  };
};

function say(text: string): Reply {
  return { text };
}

function use(name: string, given: Record<string, unknown>, text?: string): Reply {
  return { calls: [{ name, arguments: given }], ...(text === undefined ? {} : { text }) };
}

/** What a call gets that asks for an object. */
function fill(content: unknown): Reply {
  return { text: JSON.stringify(content) };
}

function lower(text = ""): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

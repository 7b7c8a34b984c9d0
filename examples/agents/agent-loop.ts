/**
 * An agent with tools whose answers are streamed. What it does by HTTP, model and tools alike, is recorded by itself; the one tool that
 * writes a file says so with a step. Between its turns it waits a day, and holds nothing meanwhile.
 */
import { appendFile } from "node:fs/promises";
import { openai } from "@ai-sdk/openai";
import { isStepCount, type ModelMessage, streamText, tool } from "ai";
import { type Duration, metadata, step, task, wait } from "perdure";
import { z } from "zod";

const shop = process.env["SHOP_URL"];

const findOrder = tool({
  description: "Finds what was ordered.",
  inputSchema: z.object({ order: z.number() }),
  execute: async ({ order }) => (await fetch(`${shop}/orders/${order}`)).json(),
});

const refund = tool({
  description: "Gives money back.",
  inputSchema: z.object({ order: z.number(), amount: z.number() }),
  // Recorded as the calls of the model are. Should the process die before the answer is there, it is sent again with the same
  // key: the call's id came with an answer of the model that is on disk.
  execute: async (input, { toolCallId }) => {
    const headers = { "content-type": "application/json", "idempotency-key": toolCallId };
    const response = await fetch(`${shop}/refunds`, { method: "POST", headers, body: JSON.stringify(input) });
    return response.json();
  },
});

/** Writes to the ledger, which is a file, and nobody can record that by itself: without a step, each replay would write again. */
function writeTo(ledger: string) {
  return tool({
    description: "Adds a line to the ledger.",
    inputSchema: z.object({ line: z.string() }),
    execute: async ({ line }, { toolCallId }) => {
      await step.run("write to the ledger", () => appendFile(ledger, `${line}\n`), { key: toolCallId });
      return "written";
    },
  });
}

export const complaint = task({
  id: "complaint",
  run: async ({ letter, ledger, pause = "1 day" }: { letter: string; ledger: string; pause?: Duration }) => {
    const tools = { findOrder, refund, writeToLedger: writeTo(ledger) };
    const messages: ModelMessage[] = [];

    /** One turn: the model and its tools, until it has said what it has to say. */
    async function turn(content: string): Promise<string> {
      messages.push({ role: "user", content });
      const answer = streamText({ model: openai("gpt-5-mini"), messages, tools, stopWhen: isStepCount(8) });
      let said = "";
      for await (const piece of answer.textStream) {
        said += piece;
        metadata.set("said", said);
      }
      messages.push(...(await answer.responseMessages));
      return answer.text;
    }

    const first = await turn(letter);
    await wait.for(pause);
    const second = await turn("A day has passed. Ask whether the money has come.");
    return `${first} ${second}`;
  },
});

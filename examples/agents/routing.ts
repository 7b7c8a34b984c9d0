/** Routing: a first call decides who answers, and the second gets the instructions for that alone. */
import { openai } from "@ai-sdk/openai";
import { generateText, Output } from "ai";
import { task } from "perdure";

const DESKS = {
  billing: "You answer questions about invoices. Name the amount and the date.",
  technical: "You are an engineer. Give one step to try first.",
  sales: "You sell. Offer a call.",
} as const;

export const answer = task({
  id: "answer",
  run: async ({ question }: { question: string }) => {
    const { output: desk } = await generateText({
      model: openai("gpt-5-nano"),
      output: Output.choice({ options: Object.keys(DESKS) as (keyof typeof DESKS)[] }),
      prompt: `Which desk should answer this?\n${question}`,
    });
    const { text } = await generateText({
      model: openai("gpt-5-mini"),
      instructions: DESKS[desk],
      prompt: question,
    });
    return `${desk}: ${text}`;
  },
});

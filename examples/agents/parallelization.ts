/** Parallelization: several calls look at the same thing at once, each for one purpose, and a last one puts together what they say. */
import { openai } from "@ai-sdk/openai";
import { generateText } from "ai";
import { task } from "perdure";

const model = openai("gpt-5-mini");
const REVIEWERS = [
  "You review code for security alone.",
  "You review code for speed alone.",
  "You review code for readability alone.",
];

export const review = task({
  id: "review",
  run: async ({ code }: { code: string }) => {
    const reviews = await Promise.all(
      REVIEWERS.map((instructions) => generateText({ model, instructions, prompt: `Review this:\n${code}` })),
    );
    const all = reviews.map(({ text }) => text).join("\n");
    const { text } = await generateText({ model, prompt: `What is to be done first?\n${all}` });
    return text;
  },
});

/** Prompt chaining: each call works on what the one before it made, and a gate stops the chain before more is spent on a bad start. */
import { openai } from "@ai-sdk/openai";
import { generateText } from "ai";
import { AbortTaskRunError, task } from "perdure";

const model = openai("gpt-5-mini");

export const announce = task({
  id: "announce",
  run: async ({ product }: { product: string }) => {
    const { text: outline } = await generateText({ model, prompt: `Outline the news of ${product} in three lines.` });

    // The gate is plain code, and an attempt that asks the same again would not help.
    if (outline.trim().split("\n").length !== 3) throw new AbortTaskRunError("The outline does not have three lines");

    const { text: draft } = await generateText({ model, prompt: `Make one sentence of this outline:\n${outline}` });
    const { text } = await generateText({ model, prompt: `Translate into French:\n${draft}` });
    return text;
  },
});

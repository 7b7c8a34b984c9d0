/** Evaluator and optimizer: one call makes something, another one judges it, and it is made anew from the verdict until it is good. */
import { openai } from "@ai-sdk/openai";
import { generateText, Output } from "ai";
import { task } from "perdure";
import { z } from "zod";

const model = openai("gpt-5-mini");
const verdict = z.object({ score: z.number(), problem: z.string() });

export const nameIt = task({
  id: "name-it",
  run: async ({ thing }: { thing: string }) => {
    let { text: name } = await generateText({ model, prompt: `Find a name for ${thing}.` });
    for (let round = 1; round <= 3; round++) {
      const { output } = await generateText({
        model,
        output: Output.object({ schema: verdict }),
        prompt: `How good a name for ${thing} is ${name}, from 1 to 10, and what is wrong with it?`,
      });
      if (output.score >= 8) break;
      const prompt = `Find a name for ${thing} like ${name}, but: ${output.problem}`;
      ({ text: name } = await generateText({ model, prompt }));
    }
    return name;
  },
});

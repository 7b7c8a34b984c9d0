/** Orchestrator and workers: one call plans, a run for each part of the plan carries it out, and a last call makes one of them. */
import { openai } from "@ai-sdk/openai";
import { generateText, Output } from "ai";
import { task } from "perdure";
import { z } from "zod";

const model = openai("gpt-5-mini");
const chapter = z.object({ title: z.string(), about: z.string() });

// A worker is a task of its own: its runs are listed, limited and retried by themselves.
export const writeChapter = task({
  id: "write-chapter",
  run: async ({ title, about }: z.infer<typeof chapter>) => {
    const { text } = await generateText({ model, prompt: `Write the chapter ${title}, about ${about}.` });
    return text;
  },
});

export const writeGuide = task({
  id: "write-guide",
  run: async ({ subject }: { subject: string }) => {
    const { output: plan } = await generateText({
      model,
      output: Output.array({ element: chapter }),
      prompt: `Plan the chapters of a guide to ${subject}.`,
    });

    // This run holds no slot while they work. A chapter that failed for good is left out.
    const { runs } = await writeChapter.batchTriggerAndWait(plan.map((payload) => ({ payload })));
    const chapters = runs.filter((run) => run.ok).map(({ output }) => output);

    const { text } = await generateText({ model, prompt: `Introduce these chapters:\n${chapters.join("\n")}` });
    return text;
  },
});

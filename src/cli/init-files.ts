import { packageVersion } from "../system/index.ts";

/** The task that a new project begins with, and a payload for it. */
export const FIRST_TASK = { id: "hello", payload: { name: "you" } };

/** As `examples/first-task.ts`, which guides show and tests run. */
export const HELLO_TASK = `import { logger, step, task, wait } from "perdure";

// Try it: edit the greeting while a run waits. That run keeps the code it started with, the next one has the new.
export const hello = task({
  id: "hello",
  run: async ({ name = "world" }: { name?: string }) => {
    // A step's result is on disk before the code goes on, so what was done once is not done again.
    const greeting = await step.run("greet", () => \`Hello, \${name}!\`);

    // No process is held meanwhile: end Perdure, start it again, and the run goes on.
    await wait.for("5s");

    logger.info(greeting);
    return { greeting };
  },
});
`;

export const CONFIG = `import { defineConfig } from "perdure";

export default defineConfig({
  // Environment variables that tasks may read, beside PATH and its like.
  variables: [],
  // retry: { maxAttempts: 3 },
  // maxDuration: 300,
});
`;

/** Fits projects that a bundler or Node itself reads, whichever kind of modules their package.json says. */
export const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2023",
    "lib": ["es2023"],
    "module": "preserve",
    "types": ["node"],
    "strict": true,
    "noEmit": true,
    "skipLibCheck": true
  },
  "include": ["**/*.ts"]
}
`;

/** What Perdure and the package manager keep in the project, and nobody commits. */
export const IGNORED = ["node_modules/", ".perdure/"];

export function packageJson(folderName: string): string {
  const name =
    folderName
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, "-")
      .replaceAll(/^-+|-+$/g, "") || "project";
  const dependencies = { perdure: packageVersion() };
  const devDependencies = { "@types/node": "^24.0.0" };
  return `${JSON.stringify({ name, private: true, type: "module", dependencies, devDependencies }, undefined, 2)}\n`;
}

/** A module of tasks that does not load. */
import { task } from "../../src/sdk/index.ts";

export const never = task({ id: "never", run: async () => undefined });

console.error("about to fail");
if (never.id === "never") throw new Error("the configuration is missing");

/** A module that takes more memory than the smallest machine has, before any task of it runs. */
import { task } from "../../src/sdk/index.ts";

const ballast = Buffer.alloc(300 * 1024 * 1024, 1);

export const hungry = task({ id: "hungry", machine: "micro", run: async () => ballast.length });

import { task } from "../../src/sdk/index.ts";

/** Needs more memory than it may use, in each process that continues it, after a request that is recorded. */
export const hungry = task({
  id: "hungry",
  memoryLimit: "256MB",
  retry: { maxAttempts: 2, minTimeoutInMs: 1, maxTimeoutInMs: 1 },
  run: async (at: string) => {
    await (await fetch(`${at}/page/x`)).json();
    const held: Buffer[] = [];
    for (;;) {
      if (held.length < 60) held.push(Buffer.alloc(8 * 1024 * 1024, 1));
      await new Promise<void>((resolve) => void setTimeout(resolve, 5));
    }
  },
});

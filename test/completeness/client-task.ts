import { type AnyTask, task } from "../../src/sdk/index.ts";
import type { ClientCase } from "./client-case.ts";

export interface ClientTaskPayload {
  /** Among the cases of the task. */
  readonly index: number;
  readonly url: string;
}

/** For worker processes, which load the libraries after the interception, and use clients that no other run has used. */
export function clientTask(id: string, cases: readonly ClientCase[]): AnyTask {
  return task({
    id,
    retry: { maxAttempts: 1 },
    run: async ({ index, url }: ClientTaskPayload) => cases[index]?.open(url)(),
  });
}

import { type ClientCalls, LONGEST_HTTP_WAIT_MS } from "../../protocol/index.ts";

/**
 * Whoever asks, and in whichever language: no request stays open for longer than what lies on its way would bear, or than this
 * server is there. When it leaves, those that wait are answered what is so by then, and ask again elsewhere.
 */
export function withShortWaits(calls: ClientCalls, leaving: AbortSignal): ClientCalls {
  return {
    ...calls,
    awaitRun: (input) => wait(calls.awaitRun, input, leaving),
    logs: (input) => wait(calls.logs, input, leaving),
  };
}

function wait<Input extends { waitMs: number }, Answer>(
  call: (input: Input) => Promise<Answer>,
  input: Input,
  leaving: AbortSignal,
): Promise<Answer> {
  // A wait that is no number is refused by its schema.
  if (!(input?.waitMs > 0)) return call(input);
  return new Promise((resolve, reject) => {
    const leave = () => void call({ ...input, waitMs: 0 }).then(resolve, reject);
    leaving.addEventListener("abort", leave, { once: true });
    const waitMs = leaving.aborted ? 0 : Math.min(input.waitMs, LONGEST_HTTP_WAIT_MS);
    call({ ...input, waitMs })
      .then(resolve, reject)
      .finally(() => leaving.removeEventListener("abort", leave));
  });
}

import { remoteCalls as plain } from "../../../src/worker/remote-calls.ts";
import { REPORTS, type Report, reach } from "../failpoints.ts";

/** The calls of a worker to its node, with a failpoint before each that changes something and when its answer is there. */
export const remoteCalls: typeof plain = (pipe) => {
  const calls = plain(pipe);
  return { ...calls, ...Object.fromEntries(REPORTS.map((name) => [name, mortal(name, calls[name] as Call)])) };
};

type Call = (input: unknown) => Promise<unknown>;

function mortal(name: Report, call: Call): Call {
  return async (input) => {
    reach(`in a worker, before ${name}`);
    const answer = await call(input);
    if (!isEmptyHanded(name, answer)) reach(`in a worker, after ${name}`);
    return answer;
  };
}

/** A request for runs that got none has changed nothing. */
function isEmptyHanded(name: Report, answer: unknown): boolean {
  return name === "lease" && (answer as { readonly runs: readonly unknown[] }).runs.length === 0;
}

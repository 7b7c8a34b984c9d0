/** The verbs of the store, each with a failpoint when its statements are done and its transaction is still open. */
import type { Verb } from "../../../src/store/verb.ts";
import { writes as plain } from "../../../src/store/verbs.ts";
import { reach } from "../failpoints.ts";
import { hasChanged } from "./has-changed.ts";

type Name = keyof typeof plain;

function mortal(name: Name, verb: Verb): Verb {
  return function* (params, context) {
    const result = yield* verb(params, context);
    if (hasChanged(name, result)) reach(`before the commit of ${name}`);
    return result;
  };
}

export const writes = Object.fromEntries(
  (Object.keys(plain) as Name[]).map((name) => [name, mortal(name, plain[name])]),
);

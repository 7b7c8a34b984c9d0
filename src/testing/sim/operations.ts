import { decodeValue } from "../../core/codec.ts";
import type { Run } from "../../core/run.ts";
import type { Operation, Program } from "./program.ts";

export function programOf({ payload }: Pick<Run, "payload">): Program {
  return payload === undefined ? [] : (decodeValue(payload) as Program);
}

/** Every operation of a run's own program, those of its children left out. */
export function operationsOf(run: Pick<Run, "payload">): readonly Operation[] {
  return flatten(programOf(run));
}

function flatten(program: Program): readonly Operation[] {
  return program.flatMap((operation) => [operation, ...innerOf(operation)]);
}

function innerOf(operation: Operation): readonly Operation[] {
  switch (operation.op) {
    case "all":
      return operation.branches.flatMap(flatten);
    case "race":
      return flatten(operation.branches);
    case "try":
    case "stream":
      return flatten(operation.body);
    default:
      return [];
  }
}

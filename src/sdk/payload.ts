import type { StandardSchemaV1 } from "@standard-schema/spec";
import { perdureError } from "../core/errors.ts";
import { DEFINITION, type TaskDefinition } from "./definition.ts";

/** A task, or only its id where its code is not at hand: then the worker checks the payload. */
export interface TaskReference {
  readonly id: string;
  readonly [DEFINITION]?: TaskDefinition;
}

/**
 * The payload as the task's schema returns it; without a schema, as it is.
 *
 * @throws {PerdureError} `PAYLOAD_INVALID` with every problem and its path.
 */
export async function validPayload(task: TaskReference, payload: unknown): Promise<unknown> {
  const schema = task[DEFINITION]?.schema;
  if (schema === undefined) return payload;
  const result = await schema["~standard"].validate(payload);
  if (result.issues === undefined) return result.value;
  throw perdureError("PAYLOAD_INVALID", { task: task.id, problems: result.issues.map(describe).join("; ") });
}

function describe({ message, path }: StandardSchemaV1.Issue): string {
  if (path === undefined || path.length === 0) return message;
  const names = path.map((segment) => String(typeof segment === "object" ? segment.key : segment));
  return `${names.join(".")}: ${message}`;
}

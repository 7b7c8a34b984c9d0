/**
 * What a public token may do: a list of scopes, each `action:type:id`, `action:type` (whatever the id), `action:all`, `action`, or
 * `admin`. The words are those of Trigger.dev's SDK, which signs such tokens by itself.
 */
export type ScopeAction = "read" | "write" | "trigger" | "batchTrigger";
export type ScopeType = "runs" | "tasks" | "tags" | "batch";

/** Something that a caller wants to do to something. */
export interface Permission {
  readonly action: ScopeAction;
  readonly type: ScopeType;
  /** Absent: to all of that type. */
  readonly id?: string;
}

/** Everything that a secret key may do. */
export const ADMIN_SCOPE = "admin";

export function isGranted(scopes: readonly string[], permission: Permission): boolean {
  const { action, type } = permission;
  const enough = [ADMIN_SCOPE, action, `${action}:all`, `${action}:${type}`, scopeOf(permission)];
  return scopes.some((scope) => enough.includes(scope));
}

/** The narrowest scope that grants it. */
export function scopeOf({ action, type, id }: Permission): string {
  return id === undefined ? `${action}:${type}` : `${action}:${type}:${id}`;
}

import { type PerdureError, perdureError } from "./errors.ts";

type Variables = Record<string, string | undefined>;

/** What shells, terminals, package managers and we ourselves set: libraries look at these, and no task is the worse for it. */
const AMBIENT =
  /^(?:npm_|NODE_|PERDURE_|TRIGGER_|VSCODE_|XDG_|GIT_|SSH_|DEBUG|CI$|TERM|COLORTERM|LS_COLORS|(?:FORCE_|NO_|CLI)COLOR|SHELL|SHLVL|USER|LOGNAME|HOSTNAME|PWD|OLDPWD|INIT_CWD|EDITOR|PAGER|DISPLAY|_$)/;

/** Variables that are set, that no configuration names for the tasks, and that are somebody's own. */
export function unnamedVariables(ours: Readonly<Variables>, named: readonly string[]): readonly string[] {
  return Object.keys(ours).filter((name) => ours[name] !== undefined && !named.includes(name) && !AMBIENT.test(name));
}

/** The same variables; `onRead` hears of the first time that each of the `unnamed` is asked for, and whether it has a value. */
export function watchReads(
  variables: Variables,
  unnamed: readonly string[],
  onRead: (name: string, hasValue: boolean) => void,
): Variables {
  const left = new Set(unnamed);
  return new Proxy(variables, {
    get(target, name) {
      if (typeof name === "string" && left.delete(name)) onRead(name, target[name] !== undefined);
      return Reflect.get(target, name);
    },
  });
}

/** What whoever wrote the task is told. Where there is a value, it is there by the grace of a development server. */
export function unnamedVariable(name: string, hasValue: boolean): PerdureError {
  const effect = hasValue ? "only perdure dev passes it, from .env" : "it has no value there";
  return perdureError("VARIABLE_NOT_NAMED", { name, effect });
}

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageVersion } from "../system/index.ts";

/** Can files in `root` import the package? */
export function isInstalled(root: string, name: string): boolean {
  for (let folder = root; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "node_modules", name))) return true;
    if (folder === dirname(folder)) return false;
  }
}

const PACKAGE_MANAGERS: Readonly<Record<string, string>> = { pnpm: "pnpm add", yarn: "yarn add", bun: "bun add" };

/** What to type, for the package manager that called us, so that tasks run and editors know Node; empty when nothing is missing. */
export function installCommands(
  root: string,
  variables: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const [caller = "npm"] = (variables["npm_config_user_agent"] ?? "npm").split("/");
  const add = PACKAGE_MANAGERS[caller] ?? "npm install";
  const wanted = [
    { name: "perdure", command: `${add} perdure@${packageVersion()}` },
    { name: "@types/node", command: `${add} -D @types/node` },
  ].filter(({ name }) => !isInstalled(root, name));
  const asked = dependenciesOf(root);
  const isAsked = ({ name }: { readonly name: string }) => asked.includes(name);
  const added = wanted.filter((one) => !isAsked(one)).map(({ command }) => command);
  return wanted.some(isAsked) ? [add.replace(/ \w+$/, " install"), ...added] : added;
}

function dependenciesOf(root: string): readonly string[] {
  try {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, object | undefined>;
    return [manifest["dependencies"], manifest["devDependencies"]].flatMap((list) => Object.keys(list ?? {}));
  } catch {
    return [];
  }
}

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageVersion } from "./package-version.ts";

/** Can files in `root` import perdure? */
export function isInstalled(root: string): boolean {
  for (let folder = root; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "node_modules/perdure"))) return true;
    if (folder === dirname(folder)) return false;
  }
}

const PACKAGE_MANAGERS: Readonly<Record<string, string>> = { pnpm: "pnpm add", yarn: "yarn add", bun: "bun add" };

/** How to install what package.json asks for, or perdure where it does not, with the package manager that called us. */
export function installCommand(root: string, variables: Readonly<Record<string, string | undefined>>): string {
  const [caller = "npm"] = (variables["npm_config_user_agent"] ?? "npm").split("/");
  const isAsked = asksForPerdure(root);
  const add = PACKAGE_MANAGERS[caller] ?? "npm install";
  if (isAsked) return add.replace(/ \w+$/, " install");
  return `${add} perdure@${packageVersion()}`;
}

function asksForPerdure(root: string): boolean {
  try {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, object | undefined>;
    return [manifest["dependencies"], manifest["devDependencies"]].some((list) => "perdure" in (list ?? {}));
  } catch {
    return false;
  }
}

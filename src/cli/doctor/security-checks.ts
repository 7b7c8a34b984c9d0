import { execFile } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { SHORTEST_KEY } from "../../server/index.ts";
import { PERDURE_FOLDER } from "../folder.ts";
import { type Finding, fail, ok, type Patient, warn } from "./finding.ts";

/** Who could read or do what they should not. */
export async function checkSecurity({ root, variables, hasOwnKey }: Patient): Promise<readonly Finding[]> {
  return [checkSecretKey(variables["PERDURE_SECRET_KEY"], hasOwnKey), checkFolder(root), await checkIgnored(root)];
}

function checkSecretKey(key: string | undefined, hasOwnKey: boolean): Finding {
  if (key === undefined || key === "") {
    if (hasOwnKey) return ok("secret key", "perdure dev has made one of its own.");
    return warn(
      "secret key",
      "PERDURE_SECRET_KEY is not set: perdure start needs it; perdure dev makes one of its own.",
      "Set it to the output of: openssl rand -hex 24",
    );
  }
  if (key.length < SHORTEST_KEY)
    return fail(
      "secret key",
      `PERDURE_SECRET_KEY has ${key.length} characters; it needs ${SHORTEST_KEY}.`,
      "Set it to the output of: openssl rand -hex 24",
    );
  return ok("secret key", `PERDURE_SECRET_KEY is set and has ${key.length} characters.`);
}

function checkFolder(root: string): Finding {
  const path = join(root, PERDURE_FOLDER);
  if (!existsSync(path)) return ok("folder", `${PERDURE_FOLDER} will be made by the first start.`);
  const mode = statSync(path).mode & 0o777;
  if (process.platform === "win32" || (mode & 0o077) === 0)
    return ok("folder", `${PERDURE_FOLDER} is for its owner alone.`);
  return warn("folder", `Others may look into ${path}.`, `chmod 700 ${path}`);
}

async function checkIgnored(root: string): Promise<Finding> {
  try {
    await promisify(execFile)("git", ["check-ignore", "--quiet", `${PERDURE_FOLDER}/perdure.db`], { cwd: root });
    return ok("git", `git ignores ${PERDURE_FOLDER}.`);
  } catch (error) {
    // 1: it does not ignore it. Anything else: there is no git, or the project is not in one.
    if ((error as { code?: unknown }).code !== 1) return ok("git", "The project is in no git repository.");
    return warn(
      "git",
      `git does not ignore ${PERDURE_FOLDER}, in which database and key lie.`,
      `Add ${PERDURE_FOLDER} to .gitignore.`,
    );
  }
}

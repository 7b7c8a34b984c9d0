import { checkBundler, findTaskFiles, loadConfig } from "../../build/index.ts";
import type { PerdureConfig } from "../../core/project-config.ts";
import { type Finding, fail, failed, ok, type Patient } from "./finding.ts";

const OLDEST_NODE = [22, 13] as const;

/** The code of the project, and what it takes to run it. */
export async function checkProject({ root }: Patient): Promise<readonly Finding[]> {
  const { finding, config } = await checkConfig(root);
  return [checkNode(process.versions.node), await checkEsbuild(), finding, await checkTasks(root, config)];
}

function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  const isOldEnough = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  if (isOldEnough) return ok("node", `Node ${version}.`);
  return fail("node", `Node ${version} is too old.`, `Install Node ${OLDEST_NODE.join(".")} or newer.`);
}

async function checkEsbuild(): Promise<Finding> {
  try {
    return ok("esbuild", `esbuild ${await checkBundler()} runs.`);
  } catch (error) {
    return failed(
      "esbuild",
      error,
      "Install the packages on this machine: npm ci. Its binary is made for one platform.",
    );
  }
}

async function checkConfig(root: string): Promise<{ readonly finding: Finding; readonly config: PerdureConfig }> {
  try {
    const config = await loadConfig(root);
    return { finding: ok("config", "The configuration can be read."), config };
  } catch (error) {
    return { finding: failed("config", error, "Correct perdure.config.ts."), config: {} };
  }
}

async function checkTasks(root: string, { dirs }: PerdureConfig): Promise<Finding> {
  try {
    const { length } = await findTaskFiles(root, dirs);
    return ok("tasks", `There ${length === 1 ? "is 1 task file" : `are ${length} task files`}.`);
  } catch (error) {
    return failed("tasks", error, "Put task files into a folder tasks or trigger.");
  }
}

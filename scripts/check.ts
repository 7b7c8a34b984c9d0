/**
 * Everything that must hold before a change goes in: format and lint, types, unused code, and all tests. Each step runs even
 * if an earlier one failed, and the last line says `N passed, N failed`: each test counts as one, and so does each other step.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countTests, type Tally } from "./tally.ts";

const ROOT = join(import.meta.dirname, "..");

/** A step that hangs has failed, and the line with the numbers is still printed. */
const LONGEST_STEP_MS = 20 * 60_000;

const STEPS: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: "format and lint", command: ["biome", "ci", "--error-on-warnings", "--max-diagnostics=50"] },
  { name: "types", command: ["tsc", "-p", "tsconfig.check.json"] },
  { name: "unused code", command: ["knip", "--no-progress"] },
];

const tallies = [...STEPS.map(({ name, command }) => runStep(name, command)), runTests()];
const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`\n${passed} passed, ${failed} failed`);

function runStep(name: string, command: readonly string[]): Tally {
  const exitCode = run(name, command);
  if (exitCode !== 0) console.log(`✗ ${name}`);
  return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

function runTests(): Tally {
  const folder = mkdtempSync(join(tmpdir(), "perdure-check-"));
  const file = join(folder, "tests.json");
  try {
    const exitCode = run("tests", [
      "vitest",
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${file}`,
    ]);
    return countTests(readIfThere(file), exitCode);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The exit code; a command that could not be started, or was killed, has failed. */
function run(name: string, [command = "", ...args]: readonly string[]): number {
  console.log(`\n— ${name}: ${[command, ...args].join(" ")}`);
  const path = `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`;
  const { status, error } = spawnSync(command, args, {
    timeout: LONGEST_STEP_MS,
    killSignal: "SIGKILL",
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, PATH: path },
  });
  if (error !== undefined) console.log(error.message);
  return status ?? 1;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

import { once } from "node:events";
import { createServer } from "node:net";
import type { NodeStatus } from "../../protocol/index.ts";
import { packageVersion } from "../../system/index.ts";
import { givenKeyOf } from "../find-server.ts";
import { type Finding, fail, failed, ok, type Patient, warn } from "./finding.ts";

const PATIENCE_MS = 2_000;
const CLOCK_TOLERANCE_MS = 5_000;

/** @param askStatus - The call of a server that was found to answer. */
export async function checkServer(
  { url, isServerExpected, hasOwnKey, port, variables }: Patient,
  askStatus: () => Promise<NodeStatus>,
): Promise<readonly Finding[]> {
  const problem = await askWhetherAlive(url);
  if (problem === undefined) {
    if (hasOwnKey || givenKeyOf(variables) !== undefined) return checkStatus(url, askStatus);
    return [warn("server", `A server answers at ${url}.`, "Set PERDURE_SECRET_KEY to its key to see more.")];
  }
  if (isServerExpected)
    return [
      fail(
        "server",
        `No server answers at ${url}: ${problem}.`,
        "Start it, or correct PERDURE_API_URL; for a name other than localhost it needs --allow-host.",
      ),
    ];
  return [ok("server", `No server answers at ${url}.`), await checkPort(port)];
}

/** What keeps it from answering; nothing when it does. */
async function askWhetherAlive(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(new URL("/healthz", url), { signal: AbortSignal.timeout(PATIENCE_MS) });
    const body = (await response.json()) as { readonly ok?: unknown };
    return body.ok === true ? undefined : `it answered ${response.status}`;
  } catch (error) {
    const { message, cause } = error as { readonly message: string; readonly cause?: { readonly code?: string } };
    return cause?.code ?? message;
  }
}

async function checkStatus(url: string, askStatus: () => Promise<NodeStatus>): Promise<readonly Finding[]> {
  const askedAt = Date.now();
  try {
    const status = await askStatus();
    const differsByMs = status.now - (askedAt + Date.now()) / 2;
    return [
      checkVersion(url, status.version),
      checkClock(differsByMs),
      ...status.problems.map(({ code, message }) => fail("server", `${code}: ${message}`, "See perdure status.")),
    ];
  } catch (error) {
    return [failed("server", error, "See the server's log.")];
  }
}

function checkVersion(url: string, version: string): Finding {
  const ours = packageVersion();
  if (version === ours) return ok("server", `Perdure ${version} answers at ${url}.`);
  const cure = "Use the same version on both sides.";
  return warn("server", `Perdure ${version} answers at ${url}, and this command line is ${ours}.`, cure);
}

function checkClock(differsByMs: number): Finding {
  if (Math.abs(differsByMs) <= CLOCK_TOLERANCE_MS) return ok("clock", "The server's clock agrees with this one.");
  const by = `${Math.round(Math.abs(differsByMs) / 1_000)} s`;
  const how = differsByMs > 0 ? "ahead of" : "behind";
  return warn(
    "clock",
    `The server's clock is ${by} ${how} this machine's.`,
    "Set both by NTP: delays count from the server's.",
  );
}

async function checkPort(port: number): Promise<Finding> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return ok("port", `Port ${port} is free.`);
  } catch {
    return fail("port", `Port ${port} is in use by another program.`, "Stop it, or start with another --port.");
  } finally {
    server.close();
  }
}

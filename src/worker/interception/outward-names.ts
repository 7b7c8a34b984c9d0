import { fileURLToPath } from "node:url";

/** What was given as a path, where it is one. */
export function pathText(path: unknown): string | undefined {
  const text = path instanceof URL ? fileURLToPath(path) : Buffer.isBuffer(path) ? path.toString() : path;
  return typeof text === "string" ? text : undefined;
}

/** A file's name without its folder, where the path is one. */
export function fileName(path: unknown): string | undefined {
  const text = pathText(path);
  return text === undefined ? undefined : lastPart(text);
}

/** The program of a command, without its folder and without whatever follows or comes before it. */
export function programName(command: unknown): string | undefined {
  if (command instanceof URL) return fileName(command);
  if (typeof command !== "string") return undefined;
  const words = command.trim().split(/\s+/);
  const word = words.find((each) => !/^\w+=/.test(each)) ?? "";
  // Anything else is a piece of a shell's language, and may hold what is nobody's business.
  return /^[\w./\\:@+-]+$/.test(word) ? lastPart(word) : undefined;
}

interface Address {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly path?: unknown;
}

/** Of the arguments of `net.connect`, `tls.connect` or `listen`: `host:port`, or the local socket. */
export function addressOf([first, second]: readonly unknown[]): string {
  if (typeof first === "object" && first !== null) return textOf(first as Address);
  if (typeof first === "string" && Number.isNaN(Number(first))) return textOf({ path: first });
  const host = typeof second === "object" && second !== null ? (second as Address).host : second;
  return textOf({ port: first, host });
}

function textOf({ host, port, path }: Address): string {
  if (path !== undefined && path !== null) return `the local socket ${fileName(path) ?? ""}`.trim();
  return `${typeof host === "string" ? host : "localhost"}:${typeof port === "object" ? "" : String(port)}`;
}

/** Host and port of a URL: the rest may hold credentials. */
export function hostOf(url: unknown): string {
  const text = typeof url === "object" && url !== null && "href" in url ? String(url.href) : String(url);
  return URL.canParse(text) ? new URL(text).host : "somewhere";
}

function lastPart(path: string): string {
  return path.split(/[/\\]/).filter(Boolean).at(-1) ?? path;
}

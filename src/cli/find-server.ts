import { perdureError } from "../core/errors.ts";
import { findServerFile, isAlive, type ServerFile, serverFilePath } from "./server-file.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Where a command asks, and with which key. */
export interface ServerAddress {
  readonly baseURL: string;
  readonly secretKey: string;
}

/**
 * The server that a command means: that of `--url`, else of `PERDURE_API_URL`, else the one that serves the project which the
 * folder lies in. A key that stands in a project's file is for that server alone and sent to no other.
 *
 * @throws {PerdureError} `SERVER_NOT_CONFIGURED` when there is none, or no key for it; `SERVER_NOT_RUNNING`.
 */
export function findServer(url: string | undefined, folder: string, variables: Variables): ServerAddress {
  const found = findServerFile(folder);
  const givenKey = givenKeyOf(variables);
  const baseURL = givenUrlOf(url, variables);
  if (baseURL === undefined) {
    if (found === undefined) throw perdureError("SERVER_NOT_CONFIGURED");
    return addressOf(found.root, found.file, givenKey);
  }
  const secretKey = givenKey ?? (isOf(found?.file, baseURL) ? found?.file.secretKey : undefined);
  if (secretKey === undefined) throw perdureError("SERVER_NOT_CONFIGURED");
  return { baseURL, secretKey };
}

/** The server that is named, rather than found. */
export function givenUrlOf(url: string | undefined, variables: Variables): string | undefined {
  return url ?? (variables["PERDURE_API_URL"] || variables["TRIGGER_API_URL"] || undefined);
}

export function givenKeyOf(variables: Variables): string | undefined {
  return variables["PERDURE_SECRET_KEY"] || variables["TRIGGER_SECRET_KEY"] || undefined;
}

function addressOf(root: string, file: ServerFile, givenKey: string | undefined): ServerAddress {
  const { url, pid, secretKey = givenKey } = file;
  if (!isAlive(pid)) throw perdureError("SERVER_NOT_RUNNING", { root, pid, path: serverFilePath(root) });
  if (secretKey === undefined) throw perdureError("SERVER_NOT_CONFIGURED");
  return { baseURL: url, secretKey };
}

/** Whether the file is that of the server at `url`. */
export function isOf(file: ServerFile | undefined, url: string): boolean {
  return file !== undefined && URL.canParse(url) && new URL(url).origin === new URL(file.url).origin;
}

import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { findServer } from "./find-server.ts";
import { readServerFile, removeServerFile, type ServerFile, serverFilePath, writeServerFile } from "./server-file.ts";

const SERVER: ServerFile = {
  url: "http://127.0.0.1:3400",
  secretKey: "of-the-file",
  pid: process.pid,
  startedAt: "now",
};
/** No process has a number this high. */
const GONE = 2 ** 30;

function project(file?: Partial<ServerFile>): string {
  const root = mkdtempSync(join(tmpdir(), "perdure-find-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, ".perdure"));
  mkdirSync(join(root, "src/deep"), { recursive: true });
  if (file !== undefined) writeServerFile(root, { ...SERVER, ...file });
  return root;
}

const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe("the server that a command means", () => {
  const own = { PERDURE_API_URL: "http://own.example", PERDURE_SECRET_KEY: "own" };
  const theirs = { TRIGGER_API_URL: "http://theirs.example", TRIGGER_SECRET_KEY: "theirs" };

  it.each<[string, string | undefined, Record<string, string>, readonly [string, string]]>([
    ["--url with the key of the environment", "http://given.example", own, ["http://given.example", "own"]],
    ["the environment's", undefined, own, ["http://own.example", "own"]],
    ["the other environment's", undefined, theirs, ["http://theirs.example", "theirs"]],
    ["ours before the other's", undefined, { ...theirs, ...own }, ["http://own.example", "own"]],
    ["the project's, with its key", undefined, {}, [SERVER.url, "of-the-file"]],
    ["the project's, whatever key lies about", undefined, { PERDURE_SECRET_KEY: "own" }, [SERVER.url, "of-the-file"]],
    ["the project's by --url", `${SERVER.url}/`, {}, [`${SERVER.url}/`, "of-the-file"]],
  ])("is %s", (_, url, variables, [baseURL, secretKey]) => {
    expect(findServer(url, join(project({}), "src/deep"), variables)).toEqual({ baseURL, secretKey });
  });

  it("takes the key of the environment where the file has none", () => {
    const root = mkdtempSync(join(tmpdir(), "perdure-find-"));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    mkdirSync(join(root, ".perdure"));
    const { url, pid, startedAt } = SERVER;
    writeServerFile(root, { url, pid, startedAt });
    expect(findServer(undefined, root, { PERDURE_SECRET_KEY: "own" })).toEqual({ baseURL: url, secretKey: "own" });
    expect(() => findServer(undefined, root, {})).toThrow(code("SERVER_NOT_CONFIGURED"));
  });

  it("is none where nothing names one, and none gets the key of another", () => {
    expect(() => findServer(undefined, project(), {})).toThrow(code("SERVER_NOT_CONFIGURED"));
    expect(() => findServer("http://elsewhere.example", project({}), {})).toThrow(code("SERVER_NOT_CONFIGURED"));
  });

  it("is known to be gone with its process", () => {
    expect(() => findServer(undefined, project({ pid: GONE }), {})).toThrow(code("SERVER_NOT_RUNNING"));
  });
});

describe("server.json", () => {
  it("is for its owner alone", () => {
    expect(statSync(serverFilePath(project({}))).mode & 0o777).toBe(0o600);
  });

  it.each(["", "{", "null", "[]", '{"url":1,"pid":2}', '{"url":"http://x","pid":"2"}', '{"url":"http://x","pid":-1}'])(
    "is no server when it holds %j",
    (text) => {
      const root = project();
      writeFileSync(serverFilePath(root), text);
      expect(readServerFile(root)).toBeUndefined();
    },
  );

  it("is removed by the server that wrote it, and by no other", () => {
    const root = project({});
    removeServerFile(root, GONE);
    expect(readServerFile(root)).toEqual(SERVER);
    removeServerFile(root, process.pid);
    expect(readServerFile(root)).toBeUndefined();
  });
});

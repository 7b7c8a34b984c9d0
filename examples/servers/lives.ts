/** An application in a process of its own, which can be ended as a power failure would end it, and started again. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";

export interface Life {
  /** `kill -9`: nothing in the process hears of it. Resolves with what it has printed until then. */
  kill(): Promise<string>;
  /** Resolves with what it has printed, when it has come to its end. */
  ended(): Promise<string>;
}

/** `node <file> app` in the file's folder, with these variables added to the environment. */
export function startLife(file: string, variables: Readonly<Record<string, string>>): Life {
  const env = { ...process.env, ...variables };
  const child = spawn(process.execPath, [file, "app"], {
    cwd: dirname(file),
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  const closed = once(child, "close");
  return {
    async kill() {
      child.kill("SIGKILL");
      await closed;
      return printed.trim();
    },
    async ended() {
      const [code] = await closed;
      if (code !== 0) throw new Error(`The application ended with ${code}`);
      return printed.trim();
    },
  };
}

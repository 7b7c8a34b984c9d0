import { EXIT_CODES } from "./exit-codes.ts";

/** npm passes a terminal's Ctrl-C on to a process that has had it from the terminal already. */
const ONE_PRESS_MS = 500;

/** The first one stops it gently, another at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    let firstAt: number | undefined;
    for (const name of ["SIGTERM", "SIGINT"] as const) {
      process.on(name, (signal) => {
        const now = performance.now();
        firstAt ??= now;
        done(signal);
        if (now - firstAt > ONE_PRESS_MS) process.exit(EXIT_CODES.refused.code);
      });
    }
  });
}

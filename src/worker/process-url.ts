/** The program of a worker process, for the pool that starts it: a `.ts` file here, a `.js` file once compiled. */
export function workerProcessUrl(): URL {
  return isSource() ? new URL("./process.ts", import.meta.url) : new URL("./process.js", import.meta.url);
}

/** The thread that `heart.ts` starts. */
export function heartThreadUrl(): URL {
  return isSource() ? new URL("./heart-thread.ts", import.meta.url) : new URL("./heart-thread.js", import.meta.url);
}

function isSource(): boolean {
  return import.meta.url.endsWith(".ts");
}

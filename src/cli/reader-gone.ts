const STREAMS = [process.stdout, process.stderr] as const;

/**
 * What to do when nobody reads any more what this process writes, in place of what was to be done before. Unless it ends the process,
 * later writes are lost and nothing else is.
 */
export function whenReaderGone(act: () => void): void {
  for (const stream of STREAMS)
    stream.removeAllListeners("error").on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      act();
    });
}

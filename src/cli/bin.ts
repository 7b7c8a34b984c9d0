#!/usr/bin/env node
// Before anything else is loaded: what comes after uses what an old Node does not have, and would fail without a word of help.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > 22 || (major === 22 && minor >= 13)) {
  const [{ main }, { whenReaderGone }, { EXIT_CODES }] = await Promise.all([
    import("./main.ts"),
    import("./reader-gone.ts"),
    import("./exit-codes.ts"),
  ]);
  whenReaderGone(() => process.exit(EXIT_CODES.refused.code));
  process.exitCode = await main(process.argv.slice(2));
} else {
  process.stderr.write(
    `Perdure needs Node 22.13 or newer; this is Node ${process.versions.node}. Try: npx -p node@24 -p perdure perdure\n`,
  );
  process.exitCode = 2;
}

export {};

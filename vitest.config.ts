import { defineConfig } from "vitest/config";

/** Examples import the package by its name, as users do; in tests that is the source. The same as in tsconfig.check.json. */
const SOURCE = `${import.meta.dirname}/src`;

export default defineConfig({
  resolve: {
    alias: [
      { find: /^perdure$/, replacement: `${SOURCE}/sdk/index.ts` },
      { find: /^perdure\/([a-z]+)$/, replacement: `${SOURCE}/$1/index.ts` },
    ],
  },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: ["test/postgres-server.ts"],
    // Real databases, threads and killed processes on two shared cores: slow is not broken.
    testTimeout: 20_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    pool: "forks",
    maxWorkers: 2,
    allowOnly: false,
    passWithNoTests: false,
    unstubGlobals: true,
    unstubEnvs: true,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/**/*.test.ts", "src/**/*.conformance.ts", "src/**/conformance/**"],
      reporter: ["text-summary", "text"],
      // Applies to `vitest run --coverage`. The rules of the house are pure, so nothing in them may go unseen.
      thresholds: { "src/core/**": { lines: 100, branches: 100, functions: 100, statements: 100 } },
    },
  },
});

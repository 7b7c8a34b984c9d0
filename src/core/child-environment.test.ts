import { expect, it } from "vitest";
import { childEnvironment } from "./child-environment.ts";

it("passes what programs need and what was named, and nothing else", () => {
  const ours = {
    PATH: "/bin",
    HOME: "/home",
    LC_ALL: "C",
    NODE_ENV: "production",
    NODE_OPTIONS: "--inspect",
    PERDURE_ENCRYPTION_KEY: "secret",
    PERDURE_DATABASE_URL: "secret",
    STRIPE_KEY: "named",
    UNSET: undefined,
  };
  expect(childEnvironment(ours, ["STRIPE_KEY", "UNSET", "ABSENT"])).toEqual({
    PATH: "/bin",
    HOME: "/home",
    LC_ALL: "C",
    NODE_ENV: "production",
    STRIPE_KEY: "named",
  });
});

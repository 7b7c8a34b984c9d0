import { describe, expect, it } from "vitest";
import { unnamedVariable, unnamedVariables, watchReads } from "./unnamed-variables.ts";

describe("unnamed variables", () => {
  it("are those that are set, not named and somebody's own", () => {
    const ours = {
      API_KEY: "1",
      NAMED: "2",
      UNSET: undefined,
      TERM: "xterm",
      npm_config_cache: "/x",
      PERDURE_SECRET_KEY: "s",
    };
    expect(unnamedVariables(ours, ["NAMED"])).toEqual(["API_KEY"]);
  });

  it("are told of once each, when they are read", () => {
    const read: unknown[] = [];
    const variables = watchReads({ GIVEN: "x", OTHER: "y" }, ["KEPT", "GIVEN"], (...told) => read.push(told));
    expect([variables["OTHER"], variables["KEPT"], variables["KEPT"], variables["GIVEN"]]).toEqual([
      "y",
      undefined,
      undefined,
      "x",
    ]);
    expect(read).toEqual([
      ["KEPT", false],
      ["GIVEN", true],
    ]);
  });

  it("can be set and deleted as before", () => {
    const variables = watchReads({ A: "1" }, ["B"], () => undefined);
    variables["B"] = "2";
    delete variables["A"];
    expect({ ...variables }).toEqual({ B: "2" });
  });

  it("are named in a sentence that says how to have them", () => {
    expect(unnamedVariable("API_KEY", false).message).toContain('variables: ["API_KEY"]');
  });
});

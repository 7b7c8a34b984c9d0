import { describe, expect, it } from "vitest";
import { decodeValue, encodeValue } from "../core/codec.ts";
import { noteChange } from "../core/metadata-change.ts";
import type { MetadataChange } from "../sdk/index.ts";
import { changesIn, withChanges } from "./step-changes.ts";

function noted(...made: MetadataChange[]): readonly MetadataChange[] {
  const changes: MetadataChange[] = [];
  for (const change of made) noteChange(changes, change);
  return changes;
}

describe("the record of a step", () => {
  it("carries what the step changed, beside its value", () => {
    const changes: MetadataChange[] = [{ op: "set", key: "a", value: [{ metadata: 1 }] }];
    for (const result of [undefined, null, 7, "metadata", { metadata: [1] }, new Map([["x", 1n]])]) {
      const plain = encodeValue(result, "it");
      expect(changesIn(plain)).toEqual([]);
      expect(decodeValue(withChanges(plain, changes))).toEqual(result);
      expect(changesIn(withChanges(plain, changes))).toEqual(changes);
    }
  });

  it("leaves out changes that a later one makes void", () => {
    const [up, set]: MetadataChange[] = [
      { op: "increment", key: "n", by: 1 },
      { op: "set", key: "n", value: 5 },
    ];
    const append: MetadataChange = { op: "append", key: "list", value: 1 };
    expect(noted(up as MetadataChange, up as MetadataChange)).toEqual([{ op: "increment", key: "n", by: 2 }]);
    expect(noted(up as MetadataChange, append, set as MetadataChange)).toEqual([append, set]);
    expect(noted(append, { op: "del", key: "list" })).toEqual([{ op: "del", key: "list" }]);
    expect(noted(append, { op: "replace", value: {} }, append)).toEqual([{ op: "replace", value: {} }, append]);
  });
});

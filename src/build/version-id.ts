import { createHash } from "node:crypto";
import type { Bundle } from "./bundle.ts";

const HEX_DIGITS = 20;

/**
 * The id of what a bundle does: the same sources with the same packages have the same id, in any folder of any machine.
 *
 * @param lockText - Of the project's lock file: packages that are not bundled bring others along.
 */
export function versionId({ text, inputs, externals }: Omit<Bundle, "map">, lockText: string): string {
  const parts = [withoutPlaces(text, inputs), lockText, externals.map(({ name, version }) => [name, version])];
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return `v_${digest.slice(0, HEX_DIGITS)}`;
}

/**
 * esbuild names each file above its code, and the wrapper of a CommonJS one. Files of a linked package lie outside the
 * project, so that name holds the way from here to there, which is the machine's and not the code's.
 */
function withoutPlaces(text: string, inputs: readonly string[]): string {
  const outside = new Set(inputs.filter((input) => input.startsWith("../")));
  if (outside.size === 0) return text;
  return text.replaceAll(/^(\s*(?:\/\/ |"))(\.\.\/[^"\n]+)/gm, (line: string, start: string, path: string) =>
    outside.has(path) ? start : line,
  );
}

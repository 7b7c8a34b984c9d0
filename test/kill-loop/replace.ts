/**
 * Loads modules of ours in the place of some of the product's, so that the product needs no switch for failpoints. Who is asked
 * for by a module of this folder stays who it is.
 */
import { registerHooks } from "node:module";

const SOURCE = new URL("../../src/", import.meta.url);
const OURS = new URL("./", import.meta.url).href;

/** @param parts - File of the product, from `src`, and the one that takes its place, from this folder. */
export function replaceModules(parts: Readonly<Record<string, string>>): void {
  const replaced = new Map(
    Object.entries(parts).map(([path, part]) => [new URL(path, SOURCE).href, new URL(part, OURS).href]),
  );
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const part = context.parentURL?.startsWith(OURS) ? undefined : replaced.get(found.url);
      return part === undefined ? found : { ...found, url: part };
    },
  });
}

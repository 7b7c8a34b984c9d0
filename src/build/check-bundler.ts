import { transform, version } from "esbuild";

/**
 * Has the bundler do something small: its binary comes for one platform, and may be missing where packages were copied from another.
 *
 * @returns Its version.
 */
export async function checkBundler(): Promise<string> {
  await transform("const a: number = 1;", { loader: "ts" });
  return version;
}

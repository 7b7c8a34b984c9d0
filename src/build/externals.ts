import { isBuiltin } from "node:module";
import { relative } from "node:path";
import type { OnResolveArgs, Plugin, PluginBuild } from "esbuild";
import { findPackage, hasNativeAddon, type InstalledPackage } from "./installed-package.ts";

/** A package that a version loads from the project's `node_modules`; `null` when it has no version or is not installed. */
export interface External {
  readonly name: string;
  readonly version: string | null;
}

/** An external and where it lies on this machine, if it does. */
export interface LocatedExternal extends External {
  readonly folder: string | undefined;
}

/** What esbuild's plugin found out, complete once the build is. */
export interface ExternalFinder {
  readonly plugin: Plugin;
  list(): readonly LocatedExternal[];
}

/** Marks the question that we put to esbuild ourselves, which must not come back to us. */
const ASKED = Symbol("asked");

/** Leaves out of the bundle the packages that are `named`, and those with machine code, which no bundle can hold. */
export function createExternalFinder(root: string, named: readonly string[]): ExternalFinder {
  const found = new Map<string, InstalledPackage[]>();
  const native = new Map<string, Promise<boolean>>();
  return {
    plugin: {
      name: "perdure-externals",
      // Neither relative nor absolute, and no `#name` of the package's own.
      setup: (build) => build.onResolve({ filter: /^[^./#]/ }, (args) => resolve(build, args)),
    },
    list: () => [...found].map(([name, installed]) => locate(name, installed)).sort(byName),
  };

  async function resolve(build: PluginBuild, args: OnResolveArgs) {
    const { path, kind, importer, resolveDir, pluginData } = args;
    if (pluginData === ASKED || kind === "entry-point" || isBuiltin(path)) return undefined;
    const { path: file } = await build.resolve(path, { kind, importer, resolveDir, pluginData: ASKED });
    const name = packageName(path);
    const installed = findPackage(file);
    const isExternal = named.includes(name) || (installed !== undefined && (await isNative(installed)));
    if (!isExternal) return undefined;
    found.set(name, [...(found.get(name) ?? []), ...(installed === undefined ? [] : [installed])]);
    return { path, external: true };
  }

  /** The project itself is reached by its own `paths`; it is what is bundled, whatever lies in it. */
  async function isNative({ folder }: InstalledPackage): Promise<boolean> {
    if (!relative(folder, root).startsWith("..")) return false;
    const known = native.get(folder) ?? hasNativeAddon(folder);
    native.set(folder, known);
    return known;
  }
}

/** Of several copies one can be linked beside the bundle. The one nearest to the top is what the project itself asked for. */
function locate(name: string, installed: readonly InstalledPackage[]): LocatedExternal {
  const [first] = installed.toSorted((a, b) => a.folder.length - b.folder.length || (a.folder < b.folder ? -1 : 1));
  return { name, version: first?.version ?? null, folder: first?.folder };
}

function byName(a: External, b: External): number {
  return a.name < b.name ? -1 : 1;
}

function packageName(specifier: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
}

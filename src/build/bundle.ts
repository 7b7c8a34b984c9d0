import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { perdureError } from "../core/errors.ts";
import { isBuildFailure, problemsOf, warningsOf } from "./build-problems.ts";
import { createExternalFinder, type LocatedExternal } from "./externals.ts";
import { entryText } from "./files-export.ts";
import { ID_POOLS, openIdPools } from "./id-pools.ts";

export interface Bundle {
  readonly text: string;
  readonly map: string;
  /** The files in it, as paths from the project's root. */
  readonly inputs: readonly string[];
  readonly externals: readonly LocatedExternal[];
  /** What is not wrong, but not as it should be either; one `file:line:column: text` each, or only the text. */
  readonly warnings: readonly string[];
}

export const BUNDLE_FILE = "index.mjs";

/**
 * CommonJS packages expect `require`, `__filename` and `__dirname`, which modules do not have. The first is declared, since
 * esbuild would not bundle what another name requires, and renames a `require` that users declare; the others are replaced
 * where nobody declares them. All speak of the bundle: a package that reads files beside itself has to be external.
 */
const BANNER = `import { createRequire as __perdureCreateRequire } from "node:module";
const require = __perdureCreateRequire(import.meta.url);
const __perdureFilename = import.meta.filename, __perdureDirname = import.meta.dirname;`;
const DEFINE = { __filename: "__perdureFilename", __dirname: "__perdureDirname" };

/**
 * Bundles task files into one module with the export `FILES_EXPORT`.
 *
 * @param options.root - A real path: esbuild follows links, and would find files outside of what is only a link.
 * @param options.folder - Where the bundle will lie, which its source map has to know; nothing is written.
 * @throws {PerdureError} `BUILD_FAILED`, with the place of each problem; `SDK_NOT_INSTALLED`.
 */
export async function bundleTasks(options: {
  readonly root: string;
  readonly files: readonly string[];
  readonly external: readonly string[];
  readonly folder: string;
}): Promise<Bundle> {
  const finder = createExternalFinder(options.root, options.external);
  const { outputFiles, metafile, warnings } = await runEsbuild(options, finder.plugin);
  const find = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
  return {
    text: find(BUNDLE_FILE),
    map: find(`${BUNDLE_FILE}.map`),
    inputs: Object.keys(metafile.inputs),
    externals: finder.list(),
    warnings: warningsOf(warnings, ID_POOLS),
  };
}

async function runEsbuild(
  { root, files, folder }: { readonly root: string; readonly files: readonly string[]; readonly folder: string },
  plugin: Plugin,
) {
  try {
    return await build({
      // Everything that esbuild writes down is relative to this, so the same sources give the same text in any folder.
      absWorkingDir: root,
      stdin: { contents: entryText(files), resolveDir: root, sourcefile: "perdure-entry.js" },
      outfile: join(folder, BUNDLE_FILE),
      write: false,
      bundle: true,
      metafile: true,
      platform: "node",
      format: "esm",
      target: "node22",
      jsx: "automatic",
      charset: "utf8",
      sourcemap: "linked",
      sourcesContent: true,
      // Errors are stored by the names of their classes, which would change when two files have the same one.
      keepNames: true,
      banner: { js: BANNER },
      define: DEFINE,
      plugins: [plugin, openIdPools()],
      logLevel: "silent",
    });
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    if (error.errors.some(({ text }) => text.startsWith('Could not resolve "perdure"')))
      throw perdureError("SDK_NOT_INSTALLED", {}, { cause: error });
    throw perdureError("BUILD_FAILED", { problems: problemsOf(error) }, { cause: error });
  }
}

/** The export of a bundle that holds what its task files export. */
export const FILES_EXPORT = "__perdureFiles";

/** Path of a task file → everything that this file exports. */
export type FilesExport = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The module that a bundle is made from. Two files may export one name, so each keeps its exports to itself. */
export function entryText(files: readonly string[]): string {
  const imports = files.map((file, i) => `import * as file${i} from ${JSON.stringify(`./${file}`)};`);
  const exports = files.map((file, i) => `${JSON.stringify(file)}: file${i},`);
  return [...imports, `export const ${FILES_EXPORT} = {`, ...exports, "};"].join("\n");
}

/**
 * The bundle's text with each task as an export of its own, which is where workers look. Only now are they known: what a
 * CommonJS file exports shows when it runs. Lines at the end leave the source map true.
 */
export function withTaskExports(
  text: string,
  tasks: readonly { readonly file: string; readonly exportName: string }[],
): string {
  const end = text.lastIndexOf("//# sourceMappingURL=");
  const lines = tasks.map(
    ({ file, exportName }, i) =>
      `export const __perdureTask${i} = ${FILES_EXPORT}[${JSON.stringify(file)}][${JSON.stringify(exportName)}];\n`,
  );
  return text.slice(0, end) + lines.join("") + text.slice(end);
}

import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";
import { findPackage, type InstalledPackage } from "./installed-package.ts";

export const ID_POOLS = "perdure-id-pools";

/** A text that stands once in a file, and what it becomes. Neither has a line break, so places in the file stay. */
type Change = readonly [from: string, to: string];

/** A file of a package that draws chance ahead, for ids to come. */
interface Pool {
  readonly package: string;
  /** From the package's folder. */
  readonly file: RegExp;
  /** A file that holds it has a pool, whether we know its form or not. */
  readonly sign: RegExp;
  /** By the versions that have this form: what makes each id draw for itself. */
  readonly forms: Readonly<Record<string, readonly Change[]>>;
}

const ALWAYS = "if (true) {";

const POOLS: readonly Pool[] = [
  {
    package: "nanoid",
    file: /^index\.c?js$/,
    sign: /\bpool\b/i,
    forms: {
      "3.1 to 5": [
        ["if (!pool || pool.length < bytes) {", ALWAYS],
        ["bytes * POOL_SIZE_MULTIPLIER", "bytes"],
      ],
      "6": [
        ["if (poolOffset + size > pool.length) {", ALWAYS],
        ["Math.max(poolNext, size)", "size"],
      ],
    },
  },
  {
    package: "uuid",
    file: /^dist(?:-node|\/esm-node|\/esm|\/cjs)?\/rng\.js$/,
    sign: /pool/i,
    forms: {
      "8.3 to 13": [
        ["new Uint8Array(256)", "new Uint8Array(16)"],
        ["if (poolPtr > rnds8Pool.length - 16) {", ALWAYS],
      ],
    },
  },
  {
    package: "@lukeed/uuid",
    file: /^dist\/index\.m?js$/,
    sign: /\bBUFFER\b/,
    forms: {
      "1": [
        ["if (!BUFFER || ((IDX + 16) > SIZE)) {", ALWAYS],
        ["randomBytes(SIZE)", "randomBytes(16)"],
      ],
      "2": [
        ["if (!BUFFER || ((IDX + 16) > 256)) {", ALWAYS],
        ["Array(i=256)", "Array(i=16)"],
      ],
    },
  },
  {
    package: "@lukeed/uuid",
    file: /^secure\/index\.m?js$/,
    sign: /\bBUFFER\b/,
    forms: {
      "2": [
        ["if (!BUFFER || ((IDX + 16) > SIZE)) {", ALWAYS],
        ["BUFFER = random(SIZE)", "BUFFER = random(16)"],
      ],
    },
  },
  {
    package: "uid",
    file: /^dist\/index\.m?js$/,
    sign: /\bBUFFER\b/,
    forms: { "2": [["if (!BUFFER || ((IDX + tmp) > SIZE*2)) {", ALWAYS]] },
  },
  {
    package: "uid",
    file: /^secure\/index\.m?js$/,
    sign: /\bBUFFER\b/,
    forms: {
      "2": [
        ["if (!BUFFER || ((IDX + num) > SIZE)) {", ALWAYS],
        ["BUFFER = random(SIZE)", "BUFFER = random(num)"],
      ],
    },
  },
];

/**
 * Packages that make ids draw chance ahead and share it among all who ask, so a run would get other ids in another process.
 * In a bundle each id draws its own. A pool of a form that is not known stays as it is, with a warning.
 */
export function openIdPools(): Plugin {
  return {
    name: ID_POOLS,
    setup: (build) =>
      build.onLoad({ filter: /[\\/](?:index|rng)\.[cm]?js$/, namespace: "file" }, ({ path }) => load(path)),
  };
}

async function load(path: string) {
  const installed = findPackage(path);
  const pool = installed === undefined ? undefined : findPool(path, installed);
  if (installed === undefined || pool === undefined) return undefined;
  const text = await readFile(path, "utf8");
  if (!pool.sign.test(text)) return undefined;
  const contents = withoutPool(text, pool);
  if (contents !== undefined) return { contents };
  return { contents: text, warnings: [{ text: unknownPool(installed) }] };
}

function findPool(path: string, { name, folder }: InstalledPackage): Pool | undefined {
  const file = path.slice(folder.length + 1).replaceAll("\\", "/");
  return POOLS.find((pool) => pool.package === name && pool.file.test(file));
}

/** `undefined` when the text has none of the known forms. */
function withoutPool(text: string, { forms }: Pool): string | undefined {
  const changes = Object.values(forms).find((changes) => changes.every(([from]) => text.split(from).length === 2));
  return changes?.reduce((changed, [from, to]) => changed.replace(from, () => to), text);
}

function unknownPool({ name, version }: InstalledPackage): string {
  return `${name}${version === null ? "" : ` ${version}`} draws chance for its ids ahead, in a way that is not known here: a run that is continued in another process may make other ids. Make them in step.run, or with crypto.randomUUID().`;
}

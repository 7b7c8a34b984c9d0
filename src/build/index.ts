/**
 * The room that makes versions: task files in, an immutable folder out, named after its content.
 *
 * `build-version.ts` tells the story. esbuild bundles the task files with the SDK they import (`bundle.ts`), the text gets an id
 * (`version-id.ts`), and a process of its own imports it once to hear which tasks it holds (`index-version.ts`), since users'
 * code may throw, hang or exit. What passes is moved into place in one rename (`version-folder.ts`), so a version is there
 * whole or not at all. No run is executed here, and nothing here knows of engine, store or worker: files and
 * `perdure.config.ts` come from the project, a folder and the manifests of its tasks go to whoever starts workers.
 */
export { type BuildOptions, type BuiltVersion, buildVersion } from "./build-version.ts";
export { checkBundler } from "./check-bundler.ts";
export { indexVersion } from "./index-version.ts";
export { CONFIG_NAMES, loadConfig } from "./load-config.ts";
export { findLockFile, LOCK_FILES } from "./lock-text.ts";
export { findTaskFiles, USUAL_DIRS } from "./task-files.ts";
export { readVersion } from "./version-folder.ts";

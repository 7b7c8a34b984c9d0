import type { PerdureConfig } from "../core/project-config.ts";

/**
 * The same object, with the types of its fields known to the editor. What is in them is checked by whoever reads the file.
 *
 * @example
 * export default defineConfig({ dirs: ["jobs"], variables: ["OPENAI_API_KEY"] });
 */
export function defineConfig(config: PerdureConfig): PerdureConfig {
  return config;
}

import { perdureError } from "./errors.ts";
import type { Runtime } from "./runtime.ts";
import { isUrlPattern, matchesUrl } from "./url-pattern.ts";

/**
 * How effects of a task's code outside of steps are treated. Steps, waits, children and triggers are recorded in each of them.
 *
 * - `auto`: HTTP requests, timers, clock reads and chance are recorded; what cannot be recorded happens, and marks the run.
 * - `steps-only`: they happen, and happen again whenever the code is run again from the top.
 * - `strict`: as `auto`, but what cannot be recorded is refused, and a request that differs from the recorded one is a divergence.
 */
export const EFFECT_MODES = ["auto", "steps-only", "strict"] as const;
export type EffectMode = (typeof EFFECT_MODES)[number];

/**
 * What becomes of a request of an unsafe method (`POST`, `PUT`, `PATCH`, `DELETE`) that may have been made when its process ended,
 * and whose answer nobody recorded. `repeat`: it is made again with the same body and headers. `fail`: it fails with `EFFECT_UNCERTAIN`.
 */
export const ON_UNCERTAIN = ["repeat", "fail"] as const;
export type OnUncertain = (typeof ON_UNCERTAIN)[number];

/** How effects of code outside of steps are treated: the mode alone, or the mode with its exceptions. */
export type EffectOptions =
  | EffectMode
  | {
      /**
       * `auto` records HTTP requests, timers, clock reads and chance; `steps-only` none of them; `strict` also refuses what cannot be
       * recorded. Default: that of the configuration or instance, else `auto` in worker processes and `steps-only` in the embedded mode.
       */
      mode?: EffectMode;
      /**
       * Requests that pass through unrecorded, such as those of telemetry exporters; a task's own are added to those of the
       * configuration. Each is a host (`otel.example.com`, any scheme and port; `localhost:4318`), an origin (`https://otel.example.com`), or
       * an origin with the beginning of a path, up to the end of a segment (`https://example.com/v1/traces`). `*` in a part stands for any
       * text. A query counts for nothing. Default: none.
       */
      ignore?: readonly string[];
      /**
       * What becomes of a `POST`, `PUT`, `PATCH` or `DELETE` that may have been made when its process ended: `repeat` makes it again with
       * the same body and headers, `fail` fails it with `EFFECT_UNCERTAIN`. Default: `repeat`.
       */
      onUncertain?: OnUncertain;
    };

/** The options of whoever says something, put together. */
export interface EffectPolicy {
  readonly mode: EffectMode;
  readonly ignore: readonly string[];
  readonly onUncertain: OnUncertain;
}

/** Part by part the own word before that of the base, then `fallback`; what either ignores is ignored. The options were checked before. */
export function effectPolicy(
  own: EffectOptions | undefined,
  base: EffectOptions | undefined,
  fallback: EffectMode,
): EffectPolicy {
  const [first, second] = [partsOf(own), partsOf(base)];
  return {
    mode: first.mode ?? second.mode ?? fallback,
    ignore: [...(second.ignore ?? []), ...(first.ignore ?? [])],
    onUncertain: first.onUncertain ?? second.onUncertain ?? "repeat",
  };
}

/** Whether a request to `url`, which is absolute, passes through unrecorded: one of the patterns names it, as `matchesUrl` says. */
export function isIgnored({ ignore }: Pick<EffectPolicy, "ignore">, url: string): boolean {
  if (ignore.length === 0) return false;
  const asked = new URL(url);
  return ignore.some((pattern) => matchesUrl(asked, pattern));
}

/**
 * Checks what users wrote; no option is fine.
 *
 * @param what - Whose option it is, for the errors.
 * @throws {PerdureError} `OPTION_UNSUPPORTED`, `OPTION_INVALID`.
 */
export function checkEffects(effects: unknown, what: string): void {
  if (effects === undefined || isOneOf(EFFECT_MODES, effects)) return;
  if (typeof effects !== "object" || effects === null || Array.isArray(effects))
    refuse(what, `effects must be one of ${EFFECT_MODES.join(", ")}, or an object with mode, ignore and onUncertain`);
  const unknown = Object.entries(effects).find(([option, given]) => given !== undefined && !KNOWN.has(option));
  if (unknown !== undefined) throw perdureError("OPTION_UNSUPPORTED", { what, option: `effects.${unknown[0]}` });
  const { mode, ignore, onUncertain } = effects as Readonly<Record<string, unknown>>;
  if (mode !== undefined && !isOneOf(EFFECT_MODES, mode))
    refuse(what, `effects.mode must be one of ${EFFECT_MODES.join(", ")}`);
  if (onUncertain !== undefined && !isOneOf(ON_UNCERTAIN, onUncertain))
    refuse(what, `effects.onUncertain must be one of ${ON_UNCERTAIN.join(", ")}`);
  if (ignore === undefined) return;
  if (!Array.isArray(ignore)) refuse(what, "effects.ignore must be a list of hosts, origins and beginnings of URLs");
  const wrong = ignore.find((pattern) => typeof pattern !== "string" || !isUrlPattern(pattern));
  if (wrong !== undefined)
    refuse(
      what,
      `effects.ignore has ${JSON.stringify(wrong)}, where a host (otel.example.com), an origin (https://otel.example.com) or the beginning of a URL without a query (https://example.com/v1/traces) is meant`,
    );
}

/** On how many tasks a refusal is exact; more are counted. */
const NAMED = 10;

/**
 * Refuses tasks whose effects shall be recorded where not every effect can be found: on Bun, much of what a request can be made with
 * is not open to us, and a journal that lacks some of them would promise what it does not keep.
 *
 * @param base - What counts for tasks that say nothing.
 * @throws {PerdureError} `EFFECTS_UNSUPPORTED`, which names them.
 */
export function refuseUnrecordable(
  runtime: Runtime,
  tasks: readonly { readonly id: string; readonly effects?: EffectOptions }[],
  base: EffectPolicy,
): void {
  if (runtime !== "bun") return;
  const refused = tasks.filter(({ effects }) => effectPolicy(effects, base, base.mode).mode !== "steps-only");
  if (refused.length === 0) return;
  const named = refused.slice(0, NAMED).map(({ id }) => id);
  const more = refused.length - named.length;
  throw perdureError("EFFECTS_UNSUPPORTED", { tasks: [...named, ...(more > 0 ? [`${more} more`] : [])].join(", ") });
}

const KNOWN: ReadonlySet<string> = new Set<keyof EffectPolicy>(["mode", "ignore", "onUncertain"]);

function partsOf(options: EffectOptions | undefined): Partial<EffectPolicy> {
  return typeof options === "string" ? { mode: options } : (options ?? {});
}

function isOneOf(words: readonly string[], given: unknown): boolean {
  return (words as readonly unknown[]).includes(given);
}

function refuse(what: string, problem: string): never {
  throw perdureError("OPTION_INVALID", { what, problem });
}

/**
 * Secrets that are known by their form. Each pattern takes time in proportion to the text: a run of characters without an end
 * is either the last part of a pattern, or begins only where no character of its own class stands before it, so that no
 * run is read twice.
 */
export interface SecretPattern {
  readonly kind: string;
  /** The text holds one of these whenever the pattern can match: a search that costs next to nothing. */
  readonly hints: readonly string[];
  readonly pattern: RegExp;
  /** What of the match is to be replaced; default: all of it. Text that turns out to be harmless is returned as it is. */
  readonly replace?: (match: string, mark: string) => string;
}

const HAS_DIGIT = /\d/;

export const SECRET_PATTERNS: readonly SecretPattern[] = [
  {
    kind: "bearer token",
    hints: ["earer ", "EARER "],
    pattern: /(?<!\w)bearer {1,8}[\w.~+/=-]{8,}/gi,
    replace: (match, mark) =>
      afterSpace(match, (token) => (HAS_DIGIT.test(token) || token.length >= 20 ? mark : token)),
  },
  {
    kind: "basic credentials",
    hints: ["asic ", "ASIC "],
    pattern: /(?<!\w)basic {1,8}[\w+/=-]{8,}/gi,
    replace: (match, mark) => afterSpace(match, (token) => (isCredentials(token) ? mark : token)),
  },
  { kind: "access key", hints: ["AKIA", "ASIA"], pattern: /(?<![A-Za-z0-9])A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])/g },
  {
    kind: "api key",
    hints: ["sk-"],
    pattern: /(?<![\w-])sk-[\w-]{20,}/g,
    replace: (match, mark) => (HAS_DIGIT.test(match) ? mark : match),
  },
  { kind: "api key", hints: ["gsk_", "hf_"], pattern: /(?<!\w)(?:gsk|hf)_[A-Za-z0-9]{30,}/g },
  { kind: "api key", hints: ["xai-", "pplx-"], pattern: /(?<![\w-])(?:xai|pplx)-[A-Za-z0-9]{30,}/g },
  { kind: "api key", hints: ["AIza"], pattern: /(?<![\w-])AIza[\w-]{35}/g },
  { kind: "api key", hints: ["sk_", "rk_"], pattern: /(?<!\w)[sr]k_(?:live|test)_\w{10,}/g },
  { kind: "webhook secret", hints: ["whsec_"], pattern: /(?<!\w)whsec_[\w+/=]{16,}/g },
  { kind: "token", hints: ["gh"], pattern: /(?<!\w)gh[pousr]_[A-Za-z0-9]{20,}/g },
  { kind: "token", hints: ["github_pat_"], pattern: /(?<!\w)github_pat_\w{20,}/g },
  { kind: "token", hints: ["glpat-"], pattern: /(?<![\w-])glpat-[\w-]{16,}/g },
  { kind: "token", hints: ["npm_"], pattern: /(?<!\w)npm_[A-Za-z0-9]{36}/g },
  { kind: "token", hints: ["tr_"], pattern: /(?<!\w)tr_(?:dev|prod|stg|preview|pat|oat|uat)_\w{10,}/g },
  { kind: "token", hints: ["xox", "xapp-"], pattern: /(?<![\w-])(?:xox[a-z]|xapp)-[\w-]{10,}/g },
  {
    kind: "webhook address",
    hints: ["hooks.slack.com/"],
    pattern: /hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w/-]{10,}/g,
    replace: (_, mark) => `hooks.slack.com/${mark}`,
  },
  { kind: "token", hints: ["ya29."], pattern: /(?<![\w-])ya29\.[\w-]{20,}/g },
  { kind: "api key", hints: ["SG."], pattern: /(?<![\w-])SG\.[\w-]{16,}\.[\w-]{16,}/g },
  { kind: "token", hints: ["eyJ"], pattern: /(?<![\w-])eyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]*(?:\.[\w-]+){0,2}/g },
  {
    kind: "password",
    hints: ["://"],
    pattern: /(?<![\w+.-])[A-Za-z][\w+.-]*:\/\/[^\s/?#@:"']*:[^\s/?#"']+@/g,
    replace: (match, mark) => `${match.slice(0, match.indexOf(":", match.indexOf("://") + 3) + 1)}${mark}@`,
  },
];

function afterSpace(match: string, replace: (token: string) => string): string {
  const at = match.lastIndexOf(" ") + 1;
  return match.slice(0, at) + replace(match.slice(at));
}

/** `Basic authentication` is prose; the header has `user:password` in base64. */
function isCredentials(token: string): boolean {
  try {
    return atob(token.replaceAll("-", "+").replaceAll("_", "/")).includes(":");
  } catch {
    return false;
  }
}

const KEY_BEGIN = "-----BEGIN ";
const KEY_NAME = "PRIVATE KEY";
const KEY_END = "-----END ";
const DASHES = "-----";
/** Of the words between `BEGIN` and the dashes. */
const LONGEST_NAME = 40;

/** Private keys in PEM form, also one whose end was cut off. */
export function withoutPrivateKeys(text: string, mark: string): string {
  let begin = text.indexOf(KEY_BEGIN);
  if (begin === -1) return text;
  let kept = "";
  let from = 0;
  for (; begin !== -1; begin = text.indexOf(KEY_BEGIN, Math.max(from, begin + 1))) {
    if (!text.slice(begin, begin + LONGEST_NAME).includes(KEY_NAME)) continue;
    kept += text.slice(from, begin) + mark;
    const end = text.indexOf(KEY_END, begin);
    if (end === -1) return kept;
    const after = text.indexOf(DASHES, end + KEY_END.length);
    from = after === -1 ? text.length : after + DASHES.length;
  }
  return kept + text.slice(from);
}

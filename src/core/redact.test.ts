import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineAboutLines } from "./log-line.ts";
import { plainProperties } from "./plain-properties.ts";
import { createLineRedact, createRedact, redactWithin } from "./redact.ts";
import { secretKind, secretValues } from "./secret-names.ts";

const redact = createRedact([]);
/** Made here, so that no scanner of this repository takes them for real. */
const made = (prefix: string, length: number) => prefix + "a1B2c3D4e5".repeat(10).slice(0, length);
const jwt = `eyJ${made("", 20)}.${made("", 30)}.${made("", 20)}`;
const pem = ["-----BEGIN RSA", "PRIVATE KEY-----"].join(" ");

describe("text with a secret of a known form", () => {
  it.each<[string, string, string]>([
    ["a bearer token", `sent Bearer ${made("", 20)} to x`, "sent Bearer [redacted: bearer token] to x"],
    ["basic credentials", "Basic YWRhOnNlY3JldA==", "Basic [redacted: basic credentials]"],
    ["an AWS key", `id AKIA${"A1".repeat(8)}.`, "id [redacted: access key]."],
    ["an API key", `"${made("sk-proj-", 40)}"`, '"[redacted: api key]"'],
    ["a GitHub token", made("ghp_", 36), "[redacted: token]"],
    ["a fine-grained GitHub token", made("github_pat_", 40), "[redacted: token]"],
    ["a Slack token", `${made("xoxb-", 20)} used`, "[redacted: token] used"],
    [
      "a Slack webhook",
      `https://hooks.slack.com/services/${made("T", 20)}`,
      "https://hooks.slack.com/[redacted: webhook address]",
    ],
    ["a Stripe key", made("sk_live_", 24), "[redacted: api key]"],
    ["a webhook secret", made("whsec_", 30), "[redacted: webhook secret]"],
    ["a key of Trigger.dev's", made("tr_prod_", 20), "[redacted: token]"],
    ["a Google key", `AIza${made("", 35)}`, "[redacted: api key]"],
    ["a SendGrid key", `SG.${made("", 22)}.${made("", 30)}`, "[redacted: api key]"],
    ["a JWT", `got ${jwt}!`, "got [redacted: token]!"],
    ["a password in an address", "postgres://ada:s3cret@db:5432/x", "postgres://ada:[redacted: password]@db:5432/x"],
    ["a password with an @", "redis://:p@ss@host/1", "redis://:[redacted: password]@host/1"],
    ["a private key", `k ${pem}\nMIIE\n-----END RSA PRIVATE KEY----- z`, "k [redacted: private key] z"],
    ["a private key that was cut off", `k ${pem}\nMIIE`, "k [redacted: private key]"],
    ["a private key whose end was cut off", `k ${pem}a-----END RSA`, "k [redacted: private key]"],
    [
      "two private keys",
      `${pem}a-----END A----- ${pem}b-----END B-----`,
      "[redacted: private key] [redacted: private key]",
    ],
  ])("%s", (_, text, expected) => expect(redact(text)).toBe(expected));
});

describe("text that names a secret", () => {
  it.each<[string, string]>([
    ['{"password":"a \\" b","user":"ada"}', '{"password":"[redacted: password]","user":"ada"}'],
    ["{ apiKey: 'abc', model: 'x' }", "{ apiKey: '[redacted: api key]', model: 'x' }"],
    ['{\\"client_secret\\":\\"abc\\",\\"a\\":1}', '{\\"client_secret\\":\\"[redacted: secret]\\",\\"a\\":1}'],
    ["OPENAI_API_KEY_2=abc", "OPENAI_API_KEY_2=[redacted: api key]"],
    ["https://x/y?token=abc&page=2", "https://x/y?token=[redacted: token]&page=2"],
    ["Authorization: Digest username=ada\nHost: x", "Authorization: [redacted: authorization]\nHost: x"],
    ["curl -H 'X-Api-Key: abc' url", "curl -H 'X-Api-Key: [redacted: api key]' url"],
    ["Set-Cookie: a=b; Path=/", "Set-Cookie: [redacted: cookie]"],
    ["cookies: [ 'a=b', 'c=d' ], x: 1", "cookies: [redacted: cookie], x: 1"],
    ["cookies: [ 'a=b'", "cookies: [redacted: cookie]"],
    ["login --password hunter2 --verbose", "login --password [redacted: password] --verbose"],
    ["config.secret_access_key := abc", "config.secret_access_key := [redacted: access key]"],
    ['password: "cut off', 'password: "[redacted: password]'],
    ["password: must be long", "password: [redacted: password] be long"],
  ])("%s", (text, expected) => expect(redact(text)).toBe(expected));
});

describe("text without secrets stays as it is", () => {
  it.each([
    "maxTokens: 100, inputTokens=512, total_tokens: 612, tokenCount=3",
    "SyntaxError: Unexpected token: expected a string",
    "invalid token: must be given",
    "Basic authentication is on",
    "Basic =====abcdefgh is no base64",
    "Bearer of news, bearer certificates",
    "task-based sk-learn-is-a-library-for-python",
    "password: null, token=undefined, secret: ''",
    "secret: { name: 'x' }",
    "hasPassword: true",
    "nextToken: abc, pageToken=def, continuation_token: x",
    "http://localhost:3000/a@b and ada@example.org",
    "std::token::Kind, a.key === b.key, key: abc, (token) => token",
    "idempotencyKey: run_1/step",
    "public_key: abc, monkey=banana, tokenizer: fast",
    "commit 3dcc290ab12cd34ef56ab78cd90ef12ab34cd56e, id 550e8400-e29b-41d4-a716-446655440000",
    "eyJub3QuYSBqd3Q= is base64, not a token",
    "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
    "--flag --other value",
    "",
  ])("%s", (text) => expect(redact(text)).toBe(text));
});

describe("known values", () => {
  it("are found wherever they stand, the longest first, and in their forms of JSON and addresses", () => {
    const secrets = createRedact(["tiger-1234", "tiger-1234-and-more", 'with "quotes"', "with space/and"]);
    expect(secrets("a tiger-1234-and-more b tiger-1234")).toBe("a [redacted: secret] b [redacted: secret]");
    expect(secrets(JSON.stringify({ a: 'with "quotes"' }))).toBe('{"a":"[redacted: secret]"}');
    expect(secrets("?q=with%20space%2Fand")).toBe("?q=[redacted: secret]");
  });

  it("that are short or ordinary words are not looked for", () => {
    expect(createRedact(["abc", "postgres", "", "        "])("abc postgres")).toBe("abc postgres");
  });

  it("are those of the environment that are named like secrets, and passwords in addresses", () => {
    const variables = {
      STRIPE_KEY: "stripe",
      DB_PASS: "pass",
      GITHUB_TOKEN: "token",
      DATABASE_URL: "postgres://u:pw@h/x",
      GOOGLE_APPLICATION_CREDENTIALS: "/etc/keys/google.json",
      HOME: "/root",
      KEYBOARD: "de",
      NOTHING: undefined,
    };
    expect(secretValues(variables)).toEqual(["stripe", "pass", "token", "pw"]);
  });
});

describe("the rule", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      ...[
        'password="',
        "token: ",
        "eyJ",
        "Bearer ",
        "Basic ",
        "://",
        ":",
        "@",
        "sk-",
        "\\",
        '"',
        "'",
        "[",
        "-----BEGIN ",
      ],
      ...[
        "PRIVATE KEY-----",
        "-----END ",
        "--secret ",
        "cookie: ",
        "\n",
        ".",
        "=",
        "xoxb-",
        "SG.",
        "hooks.slack.com/services/",
      ],
    ),
  );

  it("leaves what it has redacted as it is", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const once = redact(pieces.join(""));
        expect(redact(once)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });

  it("takes time in proportion to the text, whatever is repeated in it", () => {
    const measure = (text: string) => {
      const startedAt = performance.now();
      redact(text);
      return performance.now() - startedAt;
    };
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        const unit = pieces.join("") || "a";
        const text = unit.repeat(Math.ceil(65_536 / unit.length));
        // A pattern of quadratic time takes seconds for this.
        return Math.min(measure(text), measure(text), measure(text)) < 250;
      }),
      { numRuns: 150 },
    );
  });

  it("sees a secret as a whole where the text is cut", () => {
    const text = `${"x".repeat(95)} ${jwt}`;
    expect(redactWithin(text, 100, redact)).not.toContain("eyJ");
    expect(redactWithin(text, 100, redact)).toMatch(/… \[\d+ more characters\]$/);
  });

  it("keeps the lines of a private key out of text that comes line by line, and goes on after it", () => {
    const line = createLineRedact(redact);
    const lines = ["a", pem, "MIIE", "-----END RSA PRIVATE KEY-----", "b"];
    const mark = "[redacted: private key]";
    expect(lines.map(line)).toEqual(["a", mark, mark, mark, "b"]);
    line(pem);
    const after = Array.from({ length: 300 }, () => line("text"));
    expect([after[0], after.at(-1)]).toEqual([mark, "text"]);
  });
});

describe("the names of secrets", () => {
  it("are told by their last words, however they are written", () => {
    const names = [
      "apiKey",
      "API-KEY",
      "x_api_key",
      "APIKey",
      "password2",
      "passwordHash",
      "proxy-authorization",
      "jwt",
    ];
    expect(names.filter((name) => secretKind(name) === undefined)).toEqual([]);
    expect(["keys", "tokens", "secretary", "nextToken", "key", "author"].filter(secretKind)).toEqual([]);
    expect([secretKind("--"), secretKind("tokens"), secretKind("token")]).toEqual([undefined, undefined, "token"]);
  });
});

describe("lines that are left out", () => {
  it("are stood for by one that says how many", () => {
    const origin = { at: 1, runId: "run", task: "task", attempt: 2, epoch: 3 };
    expect(lineAboutLines(1, "so it is", origin).message).toBe("1 line was left out: so it is.");
    expect(lineAboutLines(7, "so it is", origin)).toEqual({
      ...origin,
      level: "warn",
      source: "perdure",
      message: "7 lines were left out: so it is.",
      properties: { leftOut: 7 },
    });
  });
});

describe("properties", () => {
  const plain = (given: unknown) => plainProperties(given, redact);

  it("become JSON, whatever they were", () => {
    const circular: Record<string, unknown> = { a: 1 };
    circular["self"] = circular;
    const given = {
      big: 1n,
      date: new Date(0),
      never: new Date(Number.NaN),
      error: Object.assign(new TypeError("bad"), { code: "E", stack: "at x" }),
      map: new Map<unknown, unknown>([
        ["a", 1],
        [2, "b"],
      ]),
      set: new Set([1, 2]),
      bytes: new Uint8Array(3),
      named() {},
      none: undefined,
      nothing: Number.NaN,
      symbol: Symbol("s"),
      url: new URL("http://x/"),
      list: [undefined, null, () => 1],
      circular,
      get bad() {
        throw new Error("no");
      },
      worse: {
        toJSON() {
          throw new Error("no");
        },
      },
    };
    expect(JSON.parse(JSON.stringify(plain(given)))).toEqual({
      big: "1",
      date: "1970-01-01T00:00:00.000Z",
      never: null,
      error: { name: "TypeError", message: "bad", stack: "at x", code: "E" },
      map: { a: 1, 2: "b" },
      set: [1, 2],
      bytes: "[3 bytes]",
      named: "[function named]",
      nothing: "NaN",
      symbol: "Symbol(s)",
      url: "http://x/",
      list: [null, null, "[function without name]"],
      circular: { a: 1, self: "[circular]" },
      bad: "[unreadable]",
      worse: "[unreadable]",
    });
    expect(plain(5)).toEqual({ given: 5 });
    expect(plain(["a"])).toEqual({ given: ["a"] });
  });

  it("lose what their names and texts give away", () => {
    expect(
      plain({ headers: { authorization: "x", Cookie: ["a"] }, password: "", token: null, note: "key is api_key=1" }),
    ).toEqual({
      headers: { authorization: "[redacted: authorization]", Cookie: "[redacted: cookie]" },
      password: "",
      token: null,
      note: "key is api_key=[redacted: api key]",
    });
  });

  it("are bounded in depth, fields and characters", () => {
    const deep = Array.from({ length: 20 }).reduce<object>((inner) => ({ inner }), {});
    expect(JSON.stringify(plain(deep))).toContain('"[object]"');
    expect(
      JSON.stringify(plain({ list: Array.from({ length: 20 }).reduce<unknown[]>((inner) => [inner], []) })),
    ).toContain("[list]");
    const many = plain({ list: Array.from({ length: 5_000 }, (_, i) => i) });
    expect((many["list"] as unknown[]).at(-1)).toMatch(/^\[\d+ more\]$/);
    const wide = plain(Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, i])));
    expect(wide["…"]).toBe("[4000 more]");
    const long = JSON.stringify(plain({ a: "x".repeat(100_000), b: "y".repeat(100_000) }));
    expect(long.length).toBeLessThan(70_000);
  });
});

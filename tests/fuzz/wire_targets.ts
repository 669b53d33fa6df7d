// Parsers of what registries, token servers and proxies send: single headers, and whole answers to each
// thing that krust asks.
import assert from "node:assert/strict";
import fc from "fast-check";
import { sha256 } from "../../src/core/digest.ts";
import type { Transport } from "../../src/core/http.ts";
import { printable, redactUrl, redactUrls } from "../../src/core/printable.ts";
import { bytesOf } from "../../src/core/streams.ts";
import { HttpRegistry } from "../../src/registry/client.ts";
import { networkError } from "../../src/registry/network_error.ts";
import { Permissions } from "../../src/registry/permissions.ts";
import { isRangeFrom } from "../../src/registry/pull_blob.ts";
import { DEFAULT_RETRY } from "../../src/registry/retry.ts";
import { Tokens } from "../../src/registry/token.ts";
import { MINIMUM_LIMIT, parseMinimum, parseProgress } from "../../src/registry/upload_session.ts";
import { parseWarnings } from "../../src/registry/warnings.ts";
import { renderError } from "../../src/report/error_text.ts";
import { drain } from "../support/streams.ts";
import { type FuzzTarget, target } from "./fuzz.ts";
import { bytesFrom, harmed, harmedJson, wordsOf } from "./inputs.ts";

/** Nothing that a terminal would obey, but for line ends where there may be several lines. */
function isPrintable(text: string): void {
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
}

const warning = target(
  "Warning",
  fc.oneof(
    harmed(
      ['299 - "it is \\"old\\"", 299 - "two"', '199 agent "no"', '299 - ""'],
      '"',
      "\\",
      "299 - ",
      ",",
    ),
    wordsOf("299", " ", "-", '"', "\\", ",", "\\\\", "\u001b[2J"),
  ),
  (text) => {
    for (const said of parseWarnings(text)) {
      isPrintable(said);
      assert.ok(said !== "" && said.length <= 200);
    }
  },
);

const ranges = fc.oneof(
  harmed(["0-99", "bytes=0-99", "bytes 5-99/100", "bytes 5-99/*", "0-0"], "-", "/", "9".repeat(20)),
  wordsOf("bytes", " ", "=", "0", "9", "-", "/", "*", "9007199254740993"),
);

const progress = target("upload Range", fc.tuple(ranges, fc.maxSafeNat()), ([text, size]) => {
  const held = parseProgress(text, size);
  if (held === undefined) return;
  assert.ok(Number.isSafeInteger(held) && held >= 0 && held <= size, String(held));
});

const contentRange = target(
  "Content-Range",
  fc.tuple(ranges, fc.nat(200), fc.nat(200)),
  ([text, offset, size]) => {
    if (isRangeFrom(text, offset, size)) assert.ok(text.includes(`bytes ${offset}`) || offset < 10);
  },
);

const minimum = target(
  "OCI-Chunk-Min-Length",
  fc.oneof(
    harmed(["16777216", " 5 "], "-", ".", "e9", "9".repeat(30)),
    wordsOf("0", "9", "-", "x"),
  ),
  (text) => {
    const least = parseMinimum(text);
    assert.ok(Number.isSafeInteger(least) && least >= 0 && least <= MINIMUM_LIMIT);
  },
);

const SECRET = "s3cr3t-canary";

const addressed = harmed(
  [
    `cannot reach https://me:${SECRET}@registry.test/v2/?sig=${SECRET}#${SECRET} now`,
    `error sending request for url (http://registry.test:5000/x?token=${SECRET}): broken`,
  ],
  " ",
  "(",
  "'",
  "?",
  "é",
);

const OPEN = ["scope", "service", "mount", "from", "digest", "n", "last"];

const redaction = target("redaction", addressed, (text) => {
  for (const address of text.match(/\bhttps?:\/\/[^\s"'`<>)]+/gi) ?? []) {
    const shown = URL.parse(redactUrl(address));
    if (shown === null) continue;
    assert.equal(shown.username + shown.password + shown.hash, "", address);
    for (const [name, value] of shown.searchParams) {
      assert.ok(OPEN.includes(name) || ["", "…"].includes(value), address);
    }
    if (/[@?#]/.test(address)) assert.ok(!redactUrls(text).includes(address), address);
  }
});

const brokenWire = target(
  "network error",
  fc.oneof(
    addressed,
    wordsOf("dns error", "tls", "os error 111", "client error (Connect): ", "UnknownIssuer", "\n"),
  ),
  (text) => {
    const { message, cause } = networkError(
      new TypeError("fetch failed", { cause: new Error(text) }),
      new URL("https://registry.test/v2/?sig=x"),
      { label: "push", host: "registry.test" },
    );
    isPrintable(message);
    if (cause instanceof Error) isPrintable(cause.message);
  },
);

const errorText = target(
  "error text",
  wordsOf(
    "a",
    "\n",
    "\r",
    "\u001b]0;x\u0007",
    "\u001b[31m",
    "https://u:p@h/?x=y",
    "\u009b",
    "\u202e",
  ),
  (text) => {
    const error = new Error(text, { cause: new Error(text) });
    isPrintable(renderError(error, { color: false, verbose: true }));
    isPrintable(printable(text));
  },
);

const policy = {
  ...DEFAULT_RETRY,
  attempts: 2,
  clock: { now: () => 0, random: () => 0, wait: () => Promise.resolve() },
};
const ATTEMPT = { label: "push", host: "registry.test" };

const tokenAnswer = target(
  "token answer",
  bytesFrom(harmedJson(
    { token: "t", access_token: "t", expires_in: 300, issued_at: "2026-01-01T00:00:00Z" },
    { access_token: "t", expires_in: "never" },
  )),
  async (raw) => {
    const tokens = new Tokens(() => Promise.resolve(new Response(raw)), policy);
    const token = await tokens.get(
      { realm: new URL("https://auth.test/token"), scopes: ["repository:a:pull"] },
      { kind: "basic", username: "me", password: "p", source: "here" },
      ATTEMPT,
    );
    assert.match(token, /^[\x21-\x7e]+$/);
  },
);

const CONTENT = new TextEncoder().encode("content");
const BLOB = {
  descriptor: {
    mediaType: "application/octet-stream",
    digest: sha256(CONTENT),
    size: CONTENT.length,
  },
  open: () => Promise.resolve(bytesOf(CONTENT)),
};

/** Text that can stand in a header: fetch lets nothing else through. */
const value = fc.oneof(
  wordsOf("/v2/a/", "https://", "0-3", "bytes 0-6/7", "7", "sha256:", "Bearer realm=", '"', ","),
  fc.constantFrom(BLOB.descriptor.digest, "https://registry.test/u", "0", "gzip", "-1"),
).map((text) => text.replace(/[^\x20-\x7e\xa0-\xff]/g, "").trim().slice(0, 300));

const HEADERS = [
  ...["location", "range", "content-range", "content-length", "content-type", "content-encoding"],
  ...["docker-content-digest", "www-authenticate", "retry-after", "warning", "link"],
  "oci-chunk-min-length",
];

interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array<ArrayBuffer>;
}

const answer: fc.Arbitrary<Answer> = fc.record({
  status: fc.constantFrom(
    ...[200, 200, 201, 202, 204, 206, 301, 304, 307, 308],
    ...[400, 401, 403, 404, 405, 413, 416, 429, 500, 503],
  ),
  headers: fc.array(fc.tuple(fc.constantFrom(...HEADERS), value), { maxLength: 6 }),
  body: fc.oneof(
    fc.constant(CONTENT),
    bytesFrom(harmedJson({ errors: [{ code: "DENIED" }] }, { token: "t" }, { schemaVersion: 2 })),
  ),
});

/** A server that gives these answers one after the other, over and over. */
function answering(answers: readonly Answer[]): Transport {
  let at = 0;
  return async ({ method, body }, options) => {
    if (body !== undefined) await drain(await body.open(options));
    const { status, headers, body: raw } = answers[at++ % answers.length] ?? NOTHING;
    const bare = method === "HEAD" || [204, 304].includes(status);
    return new Response(bare ? null : raw, { status, headers: headers.map(([...pair]) => pair) });
  };
}

const NOTHING: Answer = { status: 404, headers: [], body: CONTENT };

const registryAnswers = target(
  "registry's answers",
  fc.tuple(fc.nat(5), fc.array(answer, { minLength: 1, maxLength: 5 })),
  async ([which, answers]) => {
    const transport = answering(answers);
    const registry = new HttpRegistry("registry.test", { transport, retry: policy });
    const rights = new Permissions("registry.test", {
      transport,
      tokenTransport: transport,
      keychain: { resolve: () => Promise.resolve({ kind: "anonymous", source: "" }) },
      insecure: false,
      policy,
    });
    const steps: readonly (() => Promise<unknown>)[] = [
      () => registry.getManifest("app", "latest"),
      () => registry.headManifest("app", BLOB.descriptor.digest),
      async () => await drain(await registry.getBlob("app", BLOB.descriptor)),
      () => registry.pushBlob("app", BLOB),
      () => registry.pushManifest("app", { descriptor: BLOB.descriptor, raw: CONTENT }, "latest"),
      () => rights.push("app"),
    ];
    await steps[which]?.();
  },
);

/** The targets of this file. */
export const WIRE_TARGETS: readonly FuzzTarget[] = [
  warning,
  progress,
  contentRange,
  minimum,
  redaction,
  brokenWire,
  errorText,
  tokenAnswer,
  registryAnswers,
];

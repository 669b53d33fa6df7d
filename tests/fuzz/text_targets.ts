// Parsers of single lines: names that users write, headers that registries send.
import assert from "node:assert/strict";
import fc from "fast-check";
import { evaluateCfg } from "../../src/cargo/cfg.ts";
import { readArtifact } from "../../src/cargo/messages.ts";
import { printable } from "../../src/core/printable.ts";
import { formatPlatform, parsePlatform } from "../../src/oci/platform.ts";
import { formatReference, nearestName, parseReference } from "../../src/oci/reference.ts";
import { parseChallenges } from "../../src/registry/challenge.ts";
import { parseEndpoint } from "../../src/registry/endpoints.ts";
import { parseRetryAfter, readErrors, RETRY_AFTER_LIMIT } from "../../src/registry/errors.ts";
import { isPrivateAddress } from "../../src/registry/origin.ts";
import { resolveLocation } from "../../src/registry/redirect.ts";
import { mergeScopes, splitScopes } from "../../src/registry/scope.ts";
import { parseRange } from "../../src/registry/server_blobs.ts";
import { resolveRealm } from "../../src/registry/token.ts";
import { type FuzzTarget, target } from "./fuzz.ts";
import { harmed, harmedJson, wordsOf } from "./inputs.ts";

const HEX = "0123456789abcdef".repeat(4);

/** References, good ones and others. */
export const REFERENCES: fc.Arbitrary<string> = fc.oneof(
  harmed(
    [
      "registry.test:5000/team/app:v1",
      `ghcr.io/a/b@sha256:${HEX}`,
      `a:t@sha256:${HEX}`,
      "[::1]:5000/x",
      "localhost/x",
      "ubuntu",
    ],
    "/",
    ":",
    "@",
    ".",
    "-",
    "__",
    "A",
  ),
  wordsOf(
    "a",
    "A",
    "/",
    ":",
    "@",
    ".",
    "-",
    "_",
    "__",
    "[::1]",
    "5000",
    "localhost",
    "sha256:",
    HEX,
  ),
);

const reference = target("reference", REFERENCES, (text) => {
  const parsed = parseReference(text);
  const written = formatReference(parsed);
  const { tag, ...rest } = parsed;
  // Beside a digest a tag says nothing, and is not written.
  const kept = parsed.digest !== undefined || tag === undefined ? rest : parsed;
  assert.deepEqual(parseReference(written), kept, "what is written is read as the same");
  assert.equal(formatReference(parseReference(written)), written);
});

const name = target("nearest name", REFERENCES, (text) => {
  const near = nearestName(text);
  if (near !== "") parseReference(`registry.test/${near}`);
});

const platform = target(
  "platform",
  wordsOf("linux", "amd64", "arm64", "arm", "386", "v7", "v8", "/", "x86_64", "aarch64", "windows"),
  (text) => {
    const parsed = parsePlatform(text);
    assert.deepEqual(parsePlatform(formatPlatform(parsed)), parsed);
  },
);

const space = fc.constantFrom("", "", "", " ");
const parameter = fc.tuple(
  fc.constantFrom("realm", "Realm", "service", "scope", "error", "charset"),
  space,
  fc.oneof(
    fc.constantFrom("a", "UTF-8", '""', '"a, b"', '"https://auth.test/token"', '"a \\"b\\" c"'),
    fc.constantFrom('"repository:a/b:pull,push repository:c:pull"', "https://auth.test/token"),
  ),
  space,
).map(([name, before, value, after]) => `${name}=${before}${value}${after}`);

/** Lists of challenges as servers write them. */
const challengeList = fc.array(
  fc.tuple(
    fc.constantFrom("Bearer", "basic", "Negotiate", "DIGEST"),
    fc.array(parameter, { maxLength: 4 }),
  ).map(([scheme, parameters]) => `${scheme} ${parameters.join(",")}`.trimEnd()),
  { minLength: 1, maxLength: 3 },
).map((challenges) => challenges.join(", "));

/** `WWW-Authenticate` headers, good ones and others. */
export const CHALLENGES: fc.Arbitrary<string> = fc.oneof(
  challengeList,
  harmed(
    [
      'Bearer realm="https://auth.test/token",service="r",scope="repository:a/b:pull,push"',
      'Basic realm="a \\"quoted\\" one", Bearer realm=https://auth.test/token',
      "Negotiate YIIabc==, NTLM",
    ],
    ",",
    "=",
    '"',
    "\\",
    " ",
  ),
  wordsOf("Bearer", "Basic", " ", ",", "=", '"', "\\", "realm", "scope", "a", "=="),
);

const challenge = target("challenge", CHALLENGES, (text) => {
  for (const { scheme, parameters } of parseChallenges(text)) {
    assert.equal(scheme, scheme.toLowerCase());
    assert.notEqual(scheme, "");
    for (const [key, value] of parameters) {
      assert.equal(key, key.toLowerCase());
      assert.ok(value.length <= text.length);
    }
  }
});

const FROM = new URL("https://registry.test/v2/a/blobs/uploads/");
const ATTEMPT = { label: "push", host: "registry.test" };

const addresses = fc.oneof(
  harmed(
    [
      "https://storage.test/upload?state=a%20b;c~d&k",
      "/v2/a/blobs/uploads/1?x=y",
      "//other.test/x",
      "http://registry.test/x",
      "https://user:secret@10.0.0.1:8080/x#y",
      "https://[::ffff:7f00:1]/",
    ],
    "http://",
    "https:",
    "//",
    "\\",
    "@",
    "?",
    "#",
    "127.0.0.1",
    "0x7f.1",
    ",",
  ),
  wordsOf(
    "http",
    "https",
    ":",
    "/",
    "//",
    "@",
    "[::1]",
    "127.1",
    "169.254.169.254",
    "?",
    "#",
    "file",
  ),
);

function isSafe(url: URL): void {
  assert.equal(url.protocol, "https:", "TLS is not left");
  assert.equal(url.username + url.password, "", "no user information");
  assert.equal(url.hash, "");
  assert.ok(!isPrivateAddress(url.hostname), "no private address");
}

const location = target(
  "Location",
  addresses,
  (text) => isSafe(resolveLocation(text, FROM, FROM, ATTEMPT)),
);

const realm = target(
  "realm",
  addresses,
  (text) => isSafe(resolveRealm(text, FROM, FROM, ATTEMPT)),
);

const range = target(
  "Range",
  fc.tuple(
    fc.oneof(
      harmed(["bytes=0-99", "bytes=-5", "bytes=7-"], "-", "=", ",", "9".repeat(20)),
      wordsOf("bytes", "=", "-", ",", "0", "9", "18446744073709551616"),
    ),
    fc.oneof(fc.nat(200), fc.maxSafeNat()),
  ),
  ([text, size]) => {
    const parsed = parseRange(text, size);
    if (parsed === undefined || parsed === "unsatisfiable") return;
    assert.ok(Number.isSafeInteger(parsed.start) && Number.isSafeInteger(parsed.end));
    assert.ok(0 <= parsed.start && parsed.start < parsed.end && parsed.end <= size);
  },
);

const retryAfter = target(
  "Retry-After",
  fc.oneof(
    harmed(["2", "120", "Wed, 21 Oct 2015 07:28:00 GMT", "1746136938"], "-", ".", "e9"),
    wordsOf("0", "9", "-", " ", "Wed", ",", "GMT", ":", "2100", "Oct"),
  ),
  (text) => {
    const wait = parseRetryAfter(text, Date.UTC(2026, 0, 1));
    assert.ok(wait === undefined || wait >= 0 && wait <= RETRY_AFTER_LIMIT, String(wait));
  },
);

const errorBody = target(
  "error body",
  harmedJson(
    { errors: [{ code: "DENIED", message: "no", detail: { a: 1 } }] },
    { error: "invalid_grant", error_description: "no" },
    { details: "no" },
  ),
  (text) => {
    const errors = readErrors(text);
    assert.ok(errors.length <= 8);
    for (const { code, message } of errors) isPrintable(code + message);
  },
);

/** Nothing that a terminal would obey. */
function isPrintable(text: string): void {
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
}

const printing = target("printable", wordsOf("a", "\u009b", "\u2066", "\u200b"), (text) => {
  const shown = printable(text);
  isPrintable(shown);
  assert.equal(printable(shown), shown);
});

const scopes = target(
  "scope",
  wordsOf("repository", ":", "a/b", "pull", "push", ",", " ", "registry.test:5000/a", "*"),
  (text) => {
    const scopes = splitScopes(text);
    const merged = mergeScopes(scopes);
    assert.ok(merged.length <= scopes.length);
    // Of what is no scope nothing is promised but that it stays harmless.
    if (scopes.every((scope) => /^[a-z]+:[^:,]+:[a-z*,]+$/.test(scope))) {
      assert.equal(mergeScopes(merged).join(" "), merged.join(" "));
    }
  },
);

const endpoint = target(
  "endpoint",
  harmed(
    [
      `/v2/a/b/blobs/sha256:${HEX}`,
      "/v2/a/manifests/v1",
      `/v2/a/blobs/uploads/1-2?digest=sha256:${HEX}`,
      `/v2/a/blobs/uploads/?mount=sha256:${HEX}&from=b`,
      "/v2/a/tags/list?n=1&last=x",
    ],
    "/",
    "%",
    "%2f",
    "..",
    "?",
    "&",
    "=",
  ),
  (path) => {
    const url = URL.parse(`http://registry.test${path.startsWith("/") ? "" : "/"}${path}`);
    if (url !== null) parseEndpoint("GET", url);
  },
);

const cfg = target(
  "cfg",
  fc.oneof(
    harmed(['cfg(all(unix, not(target_os = "linux")))'], "(", ")", ",", "not(", "all("),
    wordsOf("cfg", "(", ")", ",", "all", "any", "not", "unix", "=", '"linux"', "not("),
  ),
  (text) => {
    const holds = evaluateCfg(text, new Set(["unix", 'target_os="linux"']));
    assert.ok(holds === undefined || typeof holds === "boolean");
  },
);

const message = target(
  "cargo messages",
  harmedJson({
    reason: "compiler-artifact",
    manifest_path: "/w/Cargo.toml",
    target: { name: "hello", kind: ["bin"] },
    executable: "/w/target/x86_64-unknown-linux-musl/release/hello",
  }),
  (line) => {
    const artifact = readArtifact(line);
    if (artifact !== undefined) assert.equal(typeof artifact.path, "string");
  },
);

/** The targets of this file. */
export const TEXT_TARGETS: readonly FuzzTarget[] = [
  reference,
  name,
  platform,
  challenge,
  location,
  realm,
  range,
  retryAfter,
  errorBody,
  printing,
  scopes,
  endpoint,
  cfg,
  message,
];

// References: docker's short forms, positions, secrets that are not repeated; only KrustError escapes.
import assert from "node:assert/strict";
import fc from "fast-check";
import { KrustError } from "../../../src/core/error.ts";
import {
  formatReference,
  formatRepository,
  nearestName,
  parseReference,
  type Reference,
} from "../../../src/oci/reference.ts";

const HEX = "0123456789abcdef".repeat(4);
const DIGEST = `sha256:${HEX}` as const;

const good: readonly (readonly [string, Reference])[] = [
  ["alpine", { registry: "docker.io", name: "library/alpine" }],
  ["alpine:3.20", { registry: "docker.io", name: "library/alpine", tag: "3.20" }],
  ["me/app", { registry: "docker.io", name: "me/app" }],
  ["docker.io/alpine", { registry: "docker.io", name: "library/alpine" }],
  ["docker.io/library/alpine", { registry: "docker.io", name: "library/alpine" }],
  ["docker.io/me/app", { registry: "docker.io", name: "me/app" }],
  ["index.docker.io/alpine", { registry: "docker.io", name: "library/alpine" }],
  ["registry-1.docker.io/me/app", { registry: "docker.io", name: "me/app" }],
  ["ghcr.io/app", { registry: "ghcr.io", name: "app" }],
  ["GHCR.io/app", { registry: "ghcr.io", name: "app" }],
  ["ghcr.io/a/b/c:v1", { registry: "ghcr.io", name: "a/b/c", tag: "v1" }],
  ["localhost/x", { registry: "localhost", name: "x" }],
  ["localhost:5000/x", { registry: "localhost:5000", name: "x" }],
  ["localhost:5000/x:5000", { registry: "localhost:5000", name: "x", tag: "5000" }],
  ["127.0.0.1:5000/x/y", { registry: "127.0.0.1:5000", name: "x/y" }],
  ["[::1]:5000/x", { registry: "[::1]:5000", name: "x" }],
  ["[::1]/x:t", { registry: "[::1]", name: "x", tag: "t" }],
  ["h.io:1/x", { registry: "h.io:1", name: "x" }],
  ["h.io:65535/x", { registry: "h.io:65535", name: "x" }],
  ["localhost", { registry: "docker.io", name: "library/localhost" }],
  ["a__b/c-d.e_f--g", { registry: "docker.io", name: "a__b/c-d.e_f--g" }],
  [`x@${DIGEST}`, { registry: "docker.io", name: "library/x", digest: DIGEST }],
  [`x:t@${DIGEST}`, { registry: "docker.io", name: "library/x", tag: "t", digest: DIGEST }],
  [`h:5000/x@${DIGEST}`, { registry: "h:5000", name: "x", digest: DIGEST }],
  [`h:5000/x:t@${DIGEST}`, { registry: "h:5000", name: "x", tag: "t", digest: DIGEST }],
  [`x:${"t".repeat(128)}`, { registry: "docker.io", name: "library/x", tag: "t".repeat(128) }],
  [`h.io/${"n".repeat(255)}`, { registry: "h.io", name: "n".repeat(255) }],
];
for (const [text, expected] of good) {
  Deno.test(`parseReference() reads ${text.slice(0, 60)}`, () => {
    assert.deepEqual(parseReference(text), expected);
  });
}

Deno.test("parseReference() puts the default registry before a name without a host alone", () => {
  const defaults = { registry: "ghcr.io" };
  assert.equal(formatReference(parseReference("app", defaults)), "ghcr.io/app");
  assert.equal(formatReference(parseReference("me/app:1", defaults)), "ghcr.io/me/app:1");
  assert.equal(formatReference(parseReference("quay.io/app", defaults)), "quay.io/app");
});

Deno.test("parseReference() judges the default registry too", () => {
  assert.throws(() => parseReference("app", { registry: "no host" }), {
    code: "reference-invalid",
    message: /"no host" is not a registry's host/,
  });
});

/** Text, the position that is to be named (from 1), what is said, and the name that would do. */
const bad: readonly (readonly [string, number, RegExp, string?])[] = [
  ["", 1, /it is empty/],
  ["Foo", 1, /lower-case/, "foo"],
  ["ghcr.io/me/MyApp:v1", 12, /lower-case/, "ghcr.io/me/myapp:v1"],
  ["a//b", 3, /component of the name is empty/, "a/b"],
  ["a/", 3, /component of the name is empty/, "a"],
  ["/a", 1, /component of the name is empty/, "a"],
  ["h.io/", 6, /name is empty/],
  ["x/a..b", 3, /one separator/, "x/a.b"],
  ["/a.b/c", 1, /component of the name is empty/, "docker.io/a.b/c"],
  ["-a", 1, /start and end with a letter or digit/, "a"],
  ["a-", 1, /start and end with a letter or digit/, "a"],
  ["a b", 2, /lower-case letters, digits/, "a-b"],
  [" a", 1, /lower-case letters, digits/, "a"],
  ["ü", 1, /lower-case letters, digits/],
  ["a%2e%2e", 2, /lower-case letters, digits/, "a-2e-2e"],
  ["a\r\nb", 2, /lower-case letters, digits/, "a-b"],
  [`h.io/${"a".repeat(256)}`, 261, /longer than 255/, `h.io/${"a".repeat(255)}`],
  ["host:99999/x", 6, /port is a number from 1 to 65535/],
  ["host:0/x", 6, /port is a number from 1 to 65535/],
  ["host:/x", 1, /"host:" is not a registry's host/],
  ["host:port/x", 1, /"host:port" is not a registry's host/],
  ["h..io/x", 1, /"h\.\.io" is not a registry's host/],
  ["-h.io/x", 1, /is not a registry's host/],
  ["1.2.3.4.5/x", 1, /is not a registry's host/],
  ["[::1/x", 1, /is not a registry's host/],
  ["[:::]/x", 1, /is not a registry's host/],
  ["[::1]", 1, /lower-case letters, digits/],
  ["http://host.io/x", 1, /no scheme/, "host.io/x"],
  ["docker://host.io/x:t", 1, /no scheme/, "host.io/x:t"],
  ["x:latest ", 3, /a tag is/],
  ["x:", 3, /a tag is/],
  ["x:.a", 3, /a tag is/],
  ["x:-a", 3, /a tag is/],
  [`x:${"t".repeat(129)}`, 3, /a tag is/],
  ["h.io/x:a b", 8, /a tag is/],
  ["x@sha256:", 3, /a digest is/],
  ["x@sha256:abc", 3, /a digest is/],
  [`x@sha256:${HEX.toUpperCase()}`, 3, /a digest is/],
  [`x@sha512:${HEX}${HEX}`, 3, /a digest is/],
  [`h:5000/a@sha512:${HEX}${HEX}`, 10, /a digest is/],
  ["x@md5:abc", 3, /a digest is/],
  ["x@", 3, /a digest is/],
  ["x@latest", 3, /a digest is/],
  ["h:5000/x@latest", 10, /a digest is/],
  [`x@${DIGEST}@${DIGEST}`, 3, /a digest is/],
  [`@${DIGEST}`, 1, /name is empty/],
  [":tag", 1, /name is empty/],
];
for (const [text, position, reason, nearest] of bad) {
  Deno.test(`parseReference() refuses ${JSON.stringify(text.slice(0, 40))} at ${position}`, () => {
    const error = refusal(text);
    assert.match(error.message, new RegExp(`at ${position}: .*${reason.source}`));
    if (nearest !== undefined) assert.deepEqual(error.help, [`write ${nearest}`]);
  });
}

Deno.test("parseReference() refuses `a/b` as a tag", () => {
  assert.equal(refusal("x:a/b").code, "reference-invalid");
});

const secrets = [
  "user:canary@host/x",
  "user:canary@host.io:5000/x:tag",
  "canary@host/x",
  "https://user:canary@host/x",
  "https://canary@host/x",
  "user:canary@host",
  "user:can@canary@host/x",
  "user:canary/canary@host/x",
  "user:canary/canary@host:5000",
  "//user:canary@host/x",
  `user:canary@host/x@${DIGEST}`,
  "_json_key:{canary}@host/x",
];
for (const text of secrets) {
  Deno.test(`parseReference() refuses ${text.slice(0, 40)} without repeating it`, () => {
    const error = refusal(text);
    const said = [error.message, ...error.help, JSON.stringify(error.details)].join("\n");
    assert.doesNotMatch(said, /canary/);
    assert.match(said, /user information|credentials/);
  });
}

Deno.test("parseReference() refuses text without end at once, and does not repeat it", () => {
  for (const unit of [":", "@", "a/", "a-", "[", "x:y@", "-"]) {
    const started = performance.now();
    const error = refusal(unit.repeat(500_000));
    assert.ok(error.message.length < 200);
    assert.ok(performance.now() - started < 1_000);
  }
});

Deno.test("parseReference() quotes without control characters", () => {
  assert.doesNotMatch(refusal("\u001b[31ma\nb").message, /[^ -~]/);
});

const component = fc.stringMatching(/^[a-z0-9]{1,6}((\.|_|__|-{1,3})[a-z0-9]{1,6}){0,2}$/);
const name = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const host = fc.oneof(
  fc.constantFrom("localhost", "docker.io", "127.0.0.1", "[::1]", "[fe80::1:2]"),
  fc.stringMatching(/^[a-z]{1,8}(-[a-z0-9]{1,4})?\.[a-z]{2,5}$/),
);
const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/), { nil: undefined });
const digest = fc.option(fc.stringMatching(/^[0-9a-f]{64}$/), { nil: undefined });

Deno.test("parseReference() reads what is put together, and what it formats again", () => {
  fc.assert(fc.property(host, port, name, tag, digest, (host, port, name, tag, hex) => {
    const registry = port === undefined ? host : `${host}:${port}`;
    const text = `${registry}/${name}${tag === undefined ? "" : `:${tag}`}${
      hex === undefined ? "" : `@sha256:${hex}`
    }`;
    const reference = parseReference(text);
    assert.equal(reference.registry, registry);
    assert.ok(reference.name === name || reference.name === `library/${name}`);
    assert.deepEqual([reference.tag, reference.digest], [
      tag,
      hex === undefined ? undefined : `sha256:${hex}`,
    ]);
    // A digest says more than a tag, which is then left out.
    const { tag: _, ...untagged } = reference;
    const again = parseReference(formatReference(reference));
    assert.deepEqual(again, reference.digest === undefined ? reference : untagged);
  }));
});

/** Text that is nearly a reference: what a parser gets wrong is between the good and the random. */
const nearly = fc.array(
  fc.constantFrom(
    ..."aZ09._-/:@[] \n%ü\u202e",
    "localhost",
    ":5000",
    "ghcr.io",
    "sha256:",
    HEX,
    "http://",
    "__",
    "--",
  ),
  { maxLength: 14 },
).map((parts) => parts.join(""));

Deno.test("parseReference() gives what can be formatted, addressed and parsed, or a KrustError", () => {
  const text = fc.oneof({ weight: 3, arbitrary: nearly }, fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(text, (text) => {
      let reference: Reference;
      try {
        reference = parseReference(text);
      } catch (error) {
        assert.ok(error instanceof KrustError, String(error));
        assert.equal(error.code, "reference-invalid");
        const [advice] = error.help;
        if (advice?.startsWith("write ") === true && !/no scheme/.test(error.message)) {
          parseReference(advice.slice("write ".length));
        }
        return;
      }
      assert.ok(URL.canParse(`https://${formatRepository(reference)}`));
      assert.equal(parseReference(formatReference(reference)).name, reference.name);
    }),
    { numRuns: 2_000 },
  );
});

const names: readonly (readonly [string, string])[] = [
  ["MyApp", "myapp"],
  ["my app!", "my-app"],
  ["a._-b", "a-b"],
  ["a__b", "a__b"],
  ["__a__", "a"],
  ["a//b/", "a/b"],
  ["漢字", ""],
  ["", ""],
];
for (const [bad, expected] of names) {
  Deno.test(`nearestName() makes ${JSON.stringify(expected)} of ${JSON.stringify(bad)}`, () => {
    assert.equal(nearestName(bad), expected);
  });
}

Deno.test("nearestName() gives a good name or none, and a good name as it is", () => {
  const long = fc.string({ unit: fc.constantFrom(..."ab-_./X "), maxLength: 400 });
  fc.assert(fc.property(fc.oneof(long, nearly, fc.string({ unit: "binary" })), (text) => {
    const nearest = nearestName(text);
    if (nearest === "") return;
    assert.equal(parseReference(`h.io/${nearest}`).name, nearest);
    assert.equal(nearestName(nearest), nearest);
  }));
  // The cut to the limit must not leave a separator at the end.
  assert.equal(nearestName(`${"a".repeat(254)}-b`), "a".repeat(254));
});

Deno.test("nearestName() is quick with separators without end", () => {
  const started = performance.now();
  for (const unit of ["-", ".", "-.", "/", "_/"]) nearestName(unit.repeat(200_000));
  assert.ok(performance.now() - started < 1_000);
});

function refusal(text: string): KrustError {
  try {
    parseReference(text);
  } catch (error) {
    assert.ok(error instanceof KrustError, String(error));
    assert.equal(error.code, "reference-invalid");
    return error;
  }
  assert.fail(`${text.slice(0, 100)} was taken`);
}

import assert from "node:assert/strict";
import fc from "fast-check";
import { KrustError } from "../../../src/core/error.ts";
import { formatRepository, parseReference } from "../../../src/oci/reference.ts";
import { nameImage } from "../../../src/cli/naming.ts";
import { type Given, settingsOf } from "./settings.ts";

/** A target as one text: repository or name, and tags. */
function named(given: Given, packageName = "hello"): string {
  const { repository, name, tags } = nameImage(settingsOf(given), {
    package: packageName,
    bin: "server",
    version: "1.2.3",
  });
  const where = repository === undefined ? `(${name})` : formatRepository(repository);
  return `${where} ${tags.join(" ")}`;
}

const GHCR = 'default_registry = "ghcr.io"\n';

const NAMES: readonly (readonly [what: string, given: Given, expected: string])[] = [
  ["an image", { flags: { image: "ghcr.io/a/b" } }, "ghcr.io/a/b latest"],
  ["an image's own tag", { flags: { image: "ghcr.io/a/b:v1" } }, "ghcr.io/a/b v1"],
  ["an image and tags", { flags: { image: "x.io/b", tag: ["v2,v3"] } }, "x.io/b v2 v3"],
  ["a tagged image and tags", { flags: { image: "x.io/b:v1", tag: ["v2"] } }, "x.io/b v1 v2"],
  ["a tag twice", { flags: { image: "x.io/b:v1", tag: ["v1", "v1"] } }, "x.io/b v1"],
  [
    "a tagged image of the environment and tags",
    { env: { KRUST_IMAGE: "x.io/b:v1" }, flags: { tag: ["v2"] } },
    "x.io/b v1 v2",
  ],
  [
    "a tagged image and the project's tags",
    { flags: { image: "x.io/b:v1" }, project: { tag: ["latest"] } },
    "x.io/b v1",
  ],
  [
    "an image and the project's tags",
    { flags: { image: "x.io/b" }, project: { tag: ["stable"] } },
    "x.io/b stable",
  ],
  [
    "the project's image and its tags",
    { project: { image: "x.io/b:v1", tag: ["v2"] } },
    "x.io/b v1 v2",
  ],
  ["no tag at all", { project: { image: "x.io/b", tag: [] } }, "x.io/b latest"],
  [
    "an image over a prefix",
    { flags: { image: "x.io/b" }, env: { KRUST_REPO: "y.io" } },
    "x.io/b latest",
  ],
  [
    "the project's image under a prefix of the environment",
    { env: { KRUST_REPO: "y.io/me" }, project: { image: "x.io/b:v1" } },
    "y.io/me/hello latest",
  ],
  [
    "the project's image under a prefix of the command line",
    { flags: { repo: "y.io/me" }, project: { image: "x.io/b:v1" } },
    "y.io/me/hello latest",
  ],
  [
    "the project's image beside its prefix",
    { project: { image: "x.io/b", repo: "y.io" } },
    "x.io/b latest",
  ],
  [
    "the project's image over the user's prefix",
    { project: { image: "x.io/b" }, file: 'repo = "y.io"\n' },
    "x.io/b latest",
  ],
  [
    "the environment's image over a prefix of the command line",
    { env: { KRUST_IMAGE: "x.io/b" }, flags: { repo: "y.io" } },
    "x.io/b latest",
  ],
  ["an image without host", { flags: { image: "team/app" } }, "docker.io/team/app latest"],
  [
    "an image without host by default",
    { flags: { image: "a/b" }, file: GHCR },
    "ghcr.io/a/b latest",
  ],
  ["a prefix", { env: { KRUST_REPO: "ghcr.io/team" } }, "ghcr.io/team/hello latest"],
  ["a prefix's slash", { env: { KRUST_REPO: "ghcr.io/team/" } }, "ghcr.io/team/hello latest"],
  ["a host", { env: { KRUST_REPO: "ghcr.io" } }, "ghcr.io/hello latest"],
  ["a host's slash", { env: { KRUST_REPO: "ghcr.io/" } }, "ghcr.io/hello latest"],
  ["a host and port", { flags: { repo: "127.0.0.1:5000" } }, "127.0.0.1:5000/hello latest"],
  ["an IPv6 host", { flags: { repo: "[::1]:5000/a" } }, "[::1]:5000/a/hello latest"],
  ["localhost", { flags: { repo: "localhost" } }, "localhost/hello latest"],
  ["blanks around it", { env: { KRUST_REPO: " ghcr.io/team " } }, "ghcr.io/team/hello latest"],
  ["a prefix without host", { flags: { repo: "me" } }, "docker.io/me/hello latest"],
  ["a prefix below the default", { flags: { repo: "me" }, file: GHCR }, "ghcr.io/me/hello latest"],
  ["a hosted prefix", { flags: { repo: "x.io/me" }, file: GHCR }, "x.io/me/hello latest"],
  ["a blank prefix", { env: { KRUST_REPO: " " } }, "(hello) latest"],
  ["nothing", {}, "(hello) latest"],
  ["tags without a repository", { flags: { tag: ["v1"] } }, "(hello) v1"],
];

for (const [what, given, expected] of NAMES) {
  Deno.test(`nameImage() makes ${expected} of ${what}`, () => {
    assert.equal(named(given), expected);
  });
}

const PACKAGES: readonly (readonly [packageName: string, expected: string])[] = [
  ["Hello-World", "x.io/hello-world latest"],
  ["HELLO_2", "x.io/hello_2 latest"],
];

for (const [packageName, expected] of PACKAGES) {
  Deno.test(`nameImage() lower-cases the package ${packageName}`, () => {
    assert.equal(named({ flags: { repo: "x.io" } }, packageName), expected);
  });
}

Deno.test("nameImage() finds a name for this machine where the package's is no repository's", () => {
  assert.equal(named({}, "_odd-_name_"), "(odd_name) latest");
  assert.equal(named({}, "Größe"), "(gr-e) latest");
  assert.equal(named({}, "___"), "(app) latest");
});

Deno.test("nameImage() blames the package, not the prefix, for a name that no repository has", () => {
  assert.throws(() => named({ env: { KRUST_REPO: "x.io/team" } }, "foo_"), (error) => {
    assert.ok(error instanceof KrustError);
    assert.equal(error.code, "reference-invalid");
    assert.match(error.message, /^the package name "foo_" is no name for a repository$/);
    assert.match(error.help.join(), /--image \.\.\.\/foo$/);
    return true;
  });
});

const REFUSED: readonly (readonly [given: Given, says: RegExp])[] = [
  [{ flags: { repo: "x.io/a:v1" } }, /^--repo: a repository prefix .* "x\.io\/a:v1"$/],
  [{ env: { KRUST_REPO: "x.io:5000/a:v1" } }, /^KRUST_REPO: a repository prefix has neither tag/],
  [{ env: { KRUST_REPO: "x:v1" } }, /^KRUST_REPO: not an image reference: .*not a registry's host/],
  [{ env: { KRUST_REPO: "x.io/Team" } }, /^KRUST_REPO: .*"x\.io\/Team": at 6: .* lower-case$/],
  [{ env: { KRUST_REPO: "/" } }, /^KRUST_REPO: not an image reference: "": at 1: it is empty$/],
  [{ env: { KRUST_REPO: "https://x.io" } }, /^KRUST_REPO: .* a reference has no scheme$/],
  [{ env: { KRUST_REPO: "x.io/a/$USER" } }, /^KRUST_REPO: .*"x\.io\/a\/\$USER": at 8/],
  [{ flags: { image: "x.io/A" } }, /^--image: not an image reference: "x\.io\/A": at 6/],
  [{ env: { KRUST_IMAGE: "x.io/a:" } }, /^KRUST_IMAGE: .*at 8: a tag is/],
  [
    { flags: { image: `x.io/a@sha256:${"0".repeat(64)}` } },
    /^--image: nothing can be pushed to a digest/,
  ],
];

for (const [given, says] of REFUSED) {
  Deno.test(`nameImage() refuses ${JSON.stringify(given)}`, () => {
    assert.throws(() => named(given), (error) => {
      assert.ok(error instanceof KrustError);
      assert.equal(error.code, "reference-invalid");
      assert.match(error.message, says);
      assert.ok(!/tag$/.test(error.message) || error.help.length > 0);
      return true;
    });
  });
}

Deno.test("nameImage() says how a prefix with a tag is written", () => {
  assert.throws(
    () => named({ flags: { repo: "x.io:5000/a:v1" } }),
    (error) =>
      error instanceof KrustError &&
      error.help[0] === "write x.io:5000/a; tags are given with --tag",
  );
});

Deno.test("nameImage() gives a good reference or a KrustError, and no password, for any text", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (repo, packageName) => {
    try {
      const { repository, name, tags } = nameImage(
        settingsOf({ env: { KRUST_REPO: repo } }),
        { package: packageName },
      );
      parseReference(`x.io/${name}:${tags[0]}`);
      if (repository !== undefined) parseReference(formatRepository(repository));
    } catch (error) {
      assert.ok(error instanceof KrustError, String(error));
      assert.equal(error.code, "reference-invalid");
    }
  }));
});

// From settings to content: where paths are relative to, who named what, and the compression.
import assert from "node:assert/strict";
import type { ImageContent } from "../../../src/build/content.ts";
import { contentWarnings, imageContent } from "../../../src/cli/image_content.ts";
import { type Given, settingsOf } from "./settings.ts";

const PROJECT = { manifestPath: "/w/member/Cargo.toml", workspaceRoot: "/w" };

function contentOf(given: Given, project?: typeof PROJECT): ImageContent {
  return imageContent(settingsOf(given), project, { cwd: "/here" });
}

Deno.test("imageContent() takes paths of flags from the working directory, as the user's", () => {
  assert.deepEqual(contentOf({ flags: { asset: ["a:/a:0600", "/b/:/b/"] } }).assets, [
    {
      label: "--asset a:/a:0600",
      source: "/here/a",
      destination: "/a",
      mode: 0o600,
      namedBy: "user",
    },
    { label: "--asset /b/:/b/", source: "/b", destination: "/b/", namedBy: "user" },
  ]);
});

Deno.test("imageContent() takes paths of Cargo.toml from its folder, as the project's", () => {
  const [asset] = contentOf({ project: { asset: ["a:/a"] } }).assets ?? [];
  // The tests' Cargo.toml lies in the root.
  assert.equal(asset?.source, "/a");
  assert.equal(asset?.namedBy, "project");
  assert.equal(asset?.label, "Cargo.toml [package.metadata.krust] a:/a");
});

Deno.test("imageContent() takes paths of the user's file from its folder, as the user's", () => {
  const [asset] = contentOf({ file: 'assets = ["a:/a"]' }).assets ?? [];
  assert.equal(asset?.source, "/a");
  assert.equal(asset?.namedBy, "user");
});

Deno.test("imageContent() adds the project's krustdata/, which need not be there", () => {
  const { assets, project } = contentOf({}, PROJECT);
  assert.deepEqual(assets, [{
    label: "krustdata",
    source: "/w/member/krustdata",
    destination: "/var/run/krust",
    namedBy: "project",
    optional: true,
  }]);
  assert.equal(project, "/w");
});

const COMPRESSIONS: readonly (readonly [given: Given, format: string, level: number])[] = [
  [{}, "gzip", 3],
  [{ flags: { compressionLevel: "9" } }, "gzip", 9],
  [{ flags: { compression: "zstd" } }, "zstd", 3],
  [{ flags: { compression: "zstd", compressionLevel: "19" } }, "zstd", 19],
  [{ flags: { compression: "none" } }, "none", 0],
  [
    { flags: { compression: "gzip" }, project: { compression: "zstd", "compression-level": 15 } },
    "gzip",
    3,
  ],
  [{ flags: { compression: "none" }, project: { "compression-level": 9 } }, "none", 0],
  [{ flags: { compressionLevel: "12" }, project: { compression: "zstd" } }, "zstd", 12],
];

for (const [given, format, level] of COMPRESSIONS) {
  Deno.test(`imageContent() compresses with ${format} ${level} of ${JSON.stringify(given)}`, () => {
    assert.deepEqual(contentOf(given).compression, { format, level });
  });
}

const LEVELS: readonly (readonly [given: Given, code: string, message: RegExp])[] = [
  [
    { flags: { compressionLevel: "12" } },
    "usage",
    /^--compression-level: gzip has levels 1 to 9, found 12$/,
  ],
  [
    { flags: { compression: "none", compressionLevel: "3" } },
    "usage",
    /^--compression-level: it contradicts --compression none$/,
  ],
  [
    { project: { compression: "gzip", "compression-level": 10 } },
    "config-invalid",
    /^Cargo\.toml \[package\.metadata\.krust\]: compression-level: gzip has levels 1 to 9, found 10$/,
  ],
];

for (const [given, code, message] of LEVELS) {
  Deno.test(`imageContent() refuses the level of ${JSON.stringify(given)}`, () => {
    assert.throws(() => contentOf(given), { code, message });
  });
}

Deno.test("contentWarnings() warns of folders that are links in many bases", () => {
  const warnings = (base: string, ...asset: readonly string[]): readonly string[] => {
    const settings = settingsOf({ flags: { base, asset } });
    return contentWarnings(imageContent(settings, undefined, { cwd: "/here" }), settings);
  };
  assert.deepEqual(warnings("debian:stable", "a:/bin/", "a:/usr/bin/a", "a:/library"), [
    "--asset a:/bin/: where the base has /bin as a link to /usr/bin, a folder takes its place; " +
    "/usr/bin is safe",
  ]);
  assert.deepEqual(warnings("scratch", "a:/bin/"), []);
});

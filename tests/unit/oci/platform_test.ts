// Platforms: what users write, and the one form in which platforms are compared.
import assert from "node:assert/strict";
import fc from "fast-check";
import { KrustError } from "../../../src/core/error.ts";
import {
  formatPlatform,
  normalizePlatform,
  parsePlatform,
  samePlatform,
  SUPPORTED_PLATFORMS,
} from "../../../src/oci/platform.ts";

const good: readonly (readonly [string, string])[] = [
  ...SUPPORTED_PLATFORMS.map((platform) => [platform, platform] as const),
  ["amd64", "linux/amd64"],
  ["x86_64", "linux/amd64"],
  ["aarch64", "linux/arm64"],
  ["linux/x86_64", "linux/amd64"],
  ["linux/aarch64", "linux/arm64"],
  ["linux/arm64/v8", "linux/arm64"],
  ["linux/amd64/v1", "linux/amd64"],
  ["linux/arm", "linux/arm/v7"],
  ["arm", "linux/arm/v7"],
];
for (const [text, expected] of good) {
  Deno.test(`parsePlatform() reads ${text} as ${expected}`, () => {
    assert.equal(formatPlatform(parsePlatform(text)), expected);
  });
}

const bad: readonly (readonly [string, string])[] = [
  ["", '""'],
  ["linux", "linux"],
  ["linux/", "linux/"],
  ["linux/amd64/", "linux/amd64/"],
  ["/amd64", "/amd64"],
  ["linux/amd64/v9/x", "linux/amd64/v9/x"],
  ["linux/amd64/v9", "linux/amd64/v9"],
  ["linux/arm64/v7", "linux/arm64/v7"],
  ["LINUX/AMD64", "LINUX/AMD64"],
  ["linux /amd64", '"linux /amd64"'],
  ["windows/amd64", "windows/amd64"],
  ["linux/constructor", "linux/constructor"],
  ["__proto__", "__proto__"],
  ["linux/\u001b[31m\namd64", '"linux/ amd64"'],
];
for (const [text, shown] of bad) {
  Deno.test(`parsePlatform() refuses ${JSON.stringify(text)} and lists what is supported`, () => {
    assert.throws(() => parsePlatform(text), {
      code: "platform-unknown",
      message: `Unsupported platform: ${shown}`,
      help: [`supported: ${SUPPORTED_PLATFORMS.join(", ")}`],
    });
  });
}

Deno.test("parsePlatform() gives a supported platform or a KrustError", () => {
  const parts = fc.array(
    fc.oneof(
      fc.constantFrom("linux", "amd64", "arm", "arm64", "v7", "v8", "", "toString"),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 5 },
  );
  fc.assert(fc.property(parts.map((parts) => parts.join("/")), (text) => {
    try {
      assert.ok(SUPPORTED_PLATFORMS.includes(formatPlatform(parsePlatform(text))));
    } catch (error) {
      assert.ok(error instanceof KrustError, String(error));
    }
  }));
});

Deno.test("normalizePlatform() drops what is implied, and is stable", () => {
  const platform = fc.record({
    os: fc.constantFrom("linux", "windows"),
    architecture: fc.constantFrom("amd64", "arm64", "arm", "riscv64"),
    variant: fc.constantFrom("", "v1", "v6", "v7", "v8"),
  });
  fc.assert(fc.property(platform, (platform) => {
    const once = normalizePlatform(platform);
    assert.deepEqual(normalizePlatform(once), once);
    assert.ok(samePlatform(platform, once));
  }));
  assert.deepEqual(normalizePlatform({ os: "linux", architecture: "arm64", variant: "v8" }), {
    os: "linux",
    architecture: "arm64",
  });
});

Deno.test("samePlatform() tells variants and systems apart", () => {
  const arm = (variant?: string) => ({
    os: "linux",
    architecture: "arm",
    ...(variant === undefined ? {} : { variant }),
  });
  assert.ok(samePlatform(arm(), arm("v7")));
  assert.ok(!samePlatform(arm(), arm("v6")));
  assert.ok(!samePlatform({ os: "windows", architecture: "arm" }, arm()));
});

// Platforms and the targets that they are compiled for.
import assert from "node:assert/strict";
import { targetTriple, targetVariable } from "../../../src/cargo/target.ts";
import { parsePlatform, SUPPORTED_PLATFORMS } from "../../../src/oci/platform.ts";

// spec.md, "Platforms".
const MUSL: Readonly<Record<string, string>> = {
  "linux/amd64": "x86_64-unknown-linux-musl",
  "linux/arm64": "aarch64-unknown-linux-musl",
  "linux/arm/v7": "armv7-unknown-linux-musleabihf",
  "linux/arm/v6": "arm-unknown-linux-musleabihf",
  "linux/386": "i686-unknown-linux-musl",
  "linux/riscv64": "riscv64gc-unknown-linux-musl",
  "linux/ppc64le": "powerpc64le-unknown-linux-musl",
  "linux/s390x": "s390x-unknown-linux-musl",
};

Deno.test("`targetTriple()` has a target for every platform that krust supports", () => {
  const triples = SUPPORTED_PLATFORMS.map((
    name,
  ) => [name, targetTriple(parsePlatform(name), "musl")]);
  assert.deepEqual(Object.fromEntries(triples), MUSL);
});

Deno.test("`targetTriple()` gives glibc's targets the same processor", () => {
  for (const name of SUPPORTED_PLATFORMS) {
    const gnu = targetTriple(parsePlatform(name), "gnu");
    assert.equal(gnu.replace("-gnu", "-musl"), targetTriple(parsePlatform(name), "musl"));
  }
});

Deno.test("`targetTriple()` knows a platform by its other names", () => {
  const platform = { os: "linux", architecture: "arm64", variant: "v8" };
  assert.equal(targetTriple(platform, "musl"), "aarch64-unknown-linux-musl");
});

Deno.test("`targetTriple()` refuses what no target is known for", () => {
  assert.throws(
    () => targetTriple({ os: "plan9", architecture: "amd64" }, "musl"),
    /Unsupported platform: plan9\/amd64/,
  );
});

Deno.test("`targetVariable()` spells the triple as cargo does", () => {
  assert.equal(
    targetVariable("thumbv8m.main-none-eabi", "LINKER"),
    "CARGO_TARGET_THUMBV8M_MAIN_NONE_EABI_LINKER",
  );
});

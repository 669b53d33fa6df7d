// The choice of a linker.
import assert from "node:assert/strict";
import { join } from "node:path";
import { crossCompilers } from "../../../src/cargo/compilers.ts";
import { climbLadder, linkerMissing } from "../../../src/cargo/linker.ts";
import { KrustError } from "../../../src/core/error.ts";
import { parsePlatform, SUPPORTED_PLATFORMS } from "../../../src/oci/platform.ts";
import { asking, choose } from "./asked_ladder.ts";

const VARIABLE = "CARGO_TARGET_T_LINKER";

for (
  const [name, asked, expected] of [
    ["cc for the machine's own architecture", { platform: "linux/amd64" }, ["cc", undefined]],
    ["rust-lld for another architecture", {}, ["rust-lld", "rust-lld"]],
    ["rust-lld on another system", { platform: "linux/amd64", os: "darwin" }, [
      "rust-lld",
      "rust-lld",
    ]],
    ["a cross compiler that is there", { there: ["aarch64-linux-musl-gcc"] }, [
      "aarch64-linux-musl-gcc",
      "aarch64-linux-musl-gcc",
    ]],
    ["the best of several", {
      platform: "linux/arm/v7",
      there: ["arm-linux-musleabihf-gcc", "armv7-linux-musleabihf-gcc"],
    }, ["armv7-linux-musleabihf-gcc", "armv7-linux-musleabihf-gcc"]],
    ["Rust's own before this machine's, to be reproducible", {
      platform: "linux/amd64",
      reproducible: true,
    }, ["rust-lld", "rust-lld"]],
    ["what compiles C all the same", {
      there: ["aarch64-linux-musl-gcc"],
      need: "c",
      reproducible: true,
    }, ["aarch64-linux-musl-gcc", "aarch64-linux-musl-gcc"]],
    ["no cross compiler for its own", {
      platform: "linux/amd64",
      there: ["cc", "x86_64-linux-musl-gcc"],
    }, ["cc", undefined]],
    ["glibc's cross compiler", { libc: "gnu", there: ["aarch64-linux-gnu-gcc"] }, [
      "aarch64-linux-gnu-gcc",
      "aarch64-linux-gnu-gcc",
    ]],
    ["what cargo's files say", { theirs: { program: "mine", setBy: "/c.toml" } }, [
      "mine",
      undefined,
    ]],
    ["what krust's configuration says over cargo's files", {
      theirs: { program: "mine", setBy: "/c.toml" },
      configured: "ours",
    }, ["ours", "ours"]],
    ["what the environment says over all", {
      theirs: { program: "mine", setBy: VARIABLE },
      configured: "ours",
    }, ["mine", undefined]],
    ["what the flags for rustc say", { rustflags: ["-O", "-Clinker=flagged"] }, [
      "flagged",
      undefined,
    ]],
    ["what the flags for rustc say in two words", { rustflags: ["-C", "linker=flagged"] }, [
      "flagged",
      undefined,
    ]],
  ] as const
) {
  Deno.test(`\`climbLadder()\` chooses ${name}`, async () => {
    assert.deepEqual(await choose(asked), expected);
  });
}

Deno.test("`climbLadder()` passes over a file on PATH that is no program", async () => {
  const { choice } = await asking({}, async (question, host) => {
    const file = join(host.cwd, "aarch64-linux-musl-gcc");
    await Deno.writeTextFile(file, "", { mode: 0o644 });
    return await climbLadder(question, host);
  });
  assert.equal(choice?.program, "rust-lld");
});

Deno.test("`climbLadder()` passes over Debian's musl-gcc as a linker", async () => {
  const asked = { platform: "linux/amd64", there: [] };
  const { choice, rungs } = await asking(asked, async (question, host) => {
    const script = '#!/bin/sh\nexec gcc "$@" -specs "/usr/lib/x86_64-linux-musl/musl-gcc.specs"\n';
    await Deno.writeTextFile(join(host.cwd, "x86_64-linux-musl-gcc"), script, { mode: 0o755 });
    return await climbLadder(question, host);
  });
  assert.equal(choice?.program, "rust-lld");
  assert.match(rungs[2]?.reason ?? "", /leaves a dynamic loader in/);
});

Deno.test("`requireLinker()` refuses glibc for another architecture without a cross compiler", async () => {
  await assert.rejects(choose({ libc: "gnu" }), (error) => {
    assert.ok(error instanceof KrustError);
    assert.equal(error.code, "linker-missing");
    assert.match(error.message, /no aarch64-linux-gnu-gcc on PATH/);
    assert.deepEqual(error.details, { target: "T", libc: "gnu", native: "false" });
    return true;
  });
});

Deno.test("`linkerMissing()` names two ways out for every target", () => {
  for (const name of SUPPORTED_PLATFORMS) {
    for (const libc of ["musl", "gnu"] as const) {
      const platform = parsePlatform(name);
      const error = linkerMissing("T", platform, libc, "linking with `cc` failed");
      assert.equal(error.help.length, 2);
      const [compiler] = crossCompilers(platform, libc);
      assert.ok(compiler !== undefined && error.help[0]?.includes(compiler));
      assert.match(error.message, /^link for target T: linking with `cc` failed$/);
    }
  }
});

Deno.test("`linkerMissing()` does not propose the compiler that failed", () => {
  const reason = "linking with `aarch64-linux-gnu-gcc` failed";
  const { help } = linkerMissing("T", parsePlatform("linux/arm64"), "gnu", reason);
  assert.match(help[0] ?? "", /install the C library that aarch64-linux-gnu-gcc links with/);
});

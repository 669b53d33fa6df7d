// The ladder of linkers.
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  chooseLinker,
  crossCompilers,
  linkerMissing,
  type LinkerQuestion,
} from "../../../src/cargo/linker.ts";
import type { StaticLibc } from "../../../src/cargo/target.ts";
import { KrustError } from "../../../src/core/error.ts";
import { parsePlatform, SUPPORTED_PLATFORMS } from "../../../src/oci/platform.ts";

interface Asked {
  readonly platform?: string;
  readonly libc?: StaticLibc;
  readonly os?: string;
  readonly architecture?: string;
  readonly theirs?: { readonly program: string; readonly setBy: string };
  readonly rustflags?: readonly string[];
  readonly configured?: string;
  /** Programs on PATH. */
  readonly there?: readonly string[];
}

/** The linker and what cargo is told, for a machine that has `there` on PATH. */
async function choose(asked: Asked): Promise<readonly (string | undefined)[]> {
  const { platform = "linux/arm64", libc = "musl", os = "linux", architecture = "amd64" } = asked;
  const folder = await Deno.makeTempDir();
  try {
    for (const name of asked.there ?? []) {
      await Deno.writeTextFile(join(folder, name), "", { mode: 0o755 });
    }
    const question: LinkerQuestion = {
      platform: parsePlatform(platform),
      libc,
      configuration: {
        target: "T",
        source: "none",
        rustflags: asked.rustflags ?? [],
        ...(asked.theirs === undefined ? {} : { linker: asked.theirs }),
      },
      ...(asked.configured === undefined ? {} : { configured: asked.configured }),
    };
    const env = (name: string): string | undefined => name === "PATH" ? folder : undefined;
    const { program, tell } = await chooseLinker(question, { env, cwd: folder, os, architecture });
    return [program, tell];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

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
    ["no cross compiler for its own, be it Debian's musl-gcc", {
      platform: "linux/amd64",
      there: ["x86_64-linux-musl-gcc"],
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
  Deno.test(`\`chooseLinker()\` chooses ${name}`, async () => {
    assert.deepEqual(await choose(asked), expected);
  });
}

Deno.test("`chooseLinker()` passes over a file on PATH that is no program", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "aarch64-linux-musl-gcc"), "", { mode: 0o644 });
    const { program } = await chooseLinker({
      platform: parsePlatform("linux/arm64"),
      libc: "musl",
      configuration: { target: "T", source: "none", rustflags: [] },
    }, { env: () => folder, cwd: folder, os: "linux", architecture: "amd64" });
    assert.equal(program, "rust-lld");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("`chooseLinker()` refuses glibc for another architecture without a cross compiler", async () => {
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

// What crates take beside Rust: found, kept, and said.
import assert from "node:assert/strict";
import { join } from "node:path";
import { buildExecutables } from "../../../src/cargo/build.ts";
import { readTree } from "../../../src/cargo/crate_tree.ts";
import { compilerNeed, needsOf } from "../../../src/cargo/native_needs.ts";
import { KrustError } from "../../../src/core/error.ts";
import { type Fixture, type FixtureOptions, planFor, valuesOf, withFixture } from "./fixture.ts";

const ARM64 = "aarch64-unknown-linux-musl";

/** A tree of one crate beneath the package, with what its build script stands on. */
function treeOf(crate: string, ...building: readonly string[]): string {
  const under = building.map((name) => `    |-- ${name} v1.0.0\n`).join("");
  return `app v0.1.0\n\`-- ${crate} v1.2.3\n${
    building.length === 0 ? "" : `    [build-dependencies]\n${under}`
  }`;
}

for (
  const [name, tree, expected] of [
    ["a crate that is known", treeOf("zstd-sys", "cc"), [["zstd-sys", "c", "", true]]],
    ["one that compiles where its build script can", treeOf("blake3"), [
      ["blake3", "c", "", false],
    ]],
    ["C++", treeOf("librocksdb-sys", "cc", "bindgen"), [["librocksdb-sys", "c++", "", true]]],
    ["any that has cc", treeOf("own", "cc"), [["own", "c", "", false]]],
    ["OpenSSL of the system", treeOf("openssl-sys", "cc", "pkg-config"), [
      ["openssl-sys", "library", "OpenSSL", true],
    ]],
    ["OpenSSL compiled in", treeOf("openssl-sys", "cc", "openssl-src"), [
      ["openssl-sys", "c", "", true],
    ]],
    ["a library that no crate compiles", treeOf("libudev-sys", "pkg-config"), [
      ["libudev-sys", "library", "libudev", true],
    ]],
    ["a program of this machine", treeOf("plain", "prost-build"), [
      ["prost-build", "tool", "protoc", false],
    ]],
    ["cmake, and C with it", treeOf("libz-ng-sys", "cmake"), [
      ["libz-ng-sys", "c", "", true],
      ["cmake", "tool", "cmake", false],
    ]],
    ["no cmake for aws-lc-sys, which has it for few targets", treeOf("aws-lc-sys", "cc", "cmake"), [
      ["aws-lc-sys", "c", "", true],
    ]],
    ["nothing of pure Rust", treeOf("serde"), []],
    [
      "nothing of what only build scripts stand on",
      "app v0.1.0\n[build-dependencies]\n`-- ring v1.0.0\n",
      [],
    ],
  ] as const
) {
  Deno.test(`\`needsOf()\` finds ${name}`, () => {
    const needs = needsOf(readTree(tree));
    assert.deepEqual(
      needs.map(({ crate, kind, what, certain }) => [crate, kind, what, certain]),
      expected,
    );
  });
}

Deno.test("`needsOf()` finds nothing in crates that are called like an object's member", () => {
  for (const name of ["constructor", "valueOf", "__proto__"]) {
    assert.deepEqual(needsOf(readTree(treeOf(name))), [], name);
    assert.deepEqual(needsOf(readTree(treeOf("x", name))), [], name);
  }
});

Deno.test("`compilerNeed()` is the most that any crate takes", () => {
  const of = (...crates: readonly string[]) =>
    compilerNeed(crates.flatMap((crate) => needsOf(readTree(treeOf(crate, "cc")))));
  assert.equal(of("serde_json", "ring", "librocksdb-sys"), "c++");
  assert.equal(of("ring"), "c");
  assert.equal(of("openssl-sys"), "none");
  assert.equal(of(), "none");
});

/** A fixture whose cargo prints `tree`, and builds. */
function withTree(
  tree: string,
  options: FixtureOptions,
  test: (fixture: Fixture) => Promise<void>,
): Promise<void> {
  return withFixture({
    installed: [ARM64, "x86_64-unknown-linux-musl"],
    locked: ["cc"],
    ...options,
    cargo: async (call, fixture) => {
      if (call.args[0] === "tree") {
        call.err("    Updating crates.io index\nwarning: not of interest\n");
        call.out(tree);
        return 0;
      }
      for (const target of valuesOf(call.args, "--target")) {
        await fixture.artifact(call, target, "app");
      }
      return 0;
    },
  }, test);
}

const build = (fixture: Fixture, platform = "linux/arm64", args: readonly string[] = []) =>
  buildExecutables(fixture.context, fixture.project, { ...planFor(platform), args });

async function refusal(building: Promise<unknown>): Promise<KrustError> {
  try {
    await building;
  } catch (error) {
    if (error instanceof KrustError) return error;
    throw error;
  }
  return assert.fail("it was no failure");
}

const trees = ({ host }: Fixture) =>
  host.commands.filter(({ program, args }) => program === "cargo" && args[0] === "tree");

Deno.test("`buildExecutables()` refuses, before cargo compiles, C that nothing compiles", async () => {
  await withTree(treeOf("zstd-sys", "cc"), {}, async (fixture) => {
    const error = await refusal(build(fixture));
    assert.equal(error.code, "native-dependency");
    assert.equal(error.exitStatus, 3);
    assert.equal(
      error.message,
      `crate zstd-sys 1.2.3 compiles C code for ${ARM64}, and no compiler for that was found`,
    );
    assert.ok(error.cause instanceof Error);
    assert.match(error.cause.message, /^app → zstd-sys; .*cross-gcc: no aarch64-linux-musl-gcc/);
    assert.match(
      error.help.join("\n"),
      /cargo-zigbuild.*\n.*CC_aarch64_unknown_linux_musl\n.*ruzstd/,
    );
    assert.deepEqual(error.details, {
      crate: "zstd-sys",
      target: ARM64,
      libc: "musl",
      kind: "c",
      native: "false",
    });
    assert.ok(fixture.host.commands.every(({ args }) => args[0] !== "build"));
  });
});

Deno.test("`buildExecutables()` refuses a library that a static program will not find", async () => {
  const tree = treeOf("openssl-sys", "cc", "pkg-config");
  await withTree(tree, {}, async (fixture) => {
    const error = await refusal(build(fixture));
    assert.equal(error.code, "native-dependency");
    assert.match(
      error.message,
      /^crate openssl-sys 1\.2\.3 links with OpenSSL, which is not there/,
    );
    assert.match(error.help.join("\n"), /rustls.*\n.*vendored.*\n.*_OPENSSL_DIR/);
  });
  const variable = "AARCH64_UNKNOWN_LINUX_MUSL_OPENSSL_DIR";
  await withTree(tree, { env: { [variable]: "/opt/ssl" } }, async (fixture) => {
    await build(fixture);
  });
});

Deno.test("`buildExecutables()` warns of C that is only likely, and goes on", async () => {
  await withTree(treeOf("own", "cc"), {}, async (fixture) => {
    await build(fixture);
    const warnings = fixture.report.messages.filter((text) => text.startsWith("warn: "));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /crate own 1\.2\.3 is likely to compile C .*\(app → own\)/);
  });
});

Deno.test("`buildExecutables()` warns of a program that a build script will not find", async () => {
  await withTree(treeOf("plain", "prost-build"), {}, async (fixture) => {
    await build(fixture);
    assert.match(fixture.report.messages.join("\n"), /warn: crate prost-build .* runs protoc/);
  });
  await withTree(treeOf("plain", "prost-build"), { env: { PROTOC: "/p" } }, async (fixture) => {
    await build(fixture);
    assert.doesNotMatch(fixture.report.messages.join("\n"), /warn: /);
  });
});

Deno.test("`buildExecutables()` names compilers for C, and leaves the user's alone", async () => {
  const there = ["cc", "aarch64-linux-musl-gcc", "aarch64-linux-musl-ar"];
  const tree = treeOf("ring", "cc");
  await withTree(
    tree,
    { there, env: { AR_aarch64_unknown_linux_musl: "mine" } },
    async (fixture) => {
      await build(fixture);
      const env = fixture.host.commands.at(-1)?.env ?? {};
      assert.equal(env["CC_aarch64_unknown_linux_musl"], "aarch64-linux-musl-gcc");
      assert.equal(env["AR_aarch64_unknown_linux_musl"], undefined);
      assert.equal(env["CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER"], "aarch64-linux-musl-gcc");
    },
  );
});

Deno.test("`buildExecutables()` runs cargo-zigbuild where C takes zig", async () => {
  const there = ["cc", "musl-gcc", "zig", "cargo-zigbuild"];
  const ran: string[] = [];
  const programs = {
    "cargo-zigbuild": () => {
      ran.push("cargo-zigbuild");
      return 1;
    },
  };
  await withTree(treeOf("ring", "cc"), { there, programs }, async (fixture) => {
    const plan = planFor("linux/arm64", "linux/amd64");
    await refusal(buildExecutables(fixture.context, fixture.project, plan));
    const command = fixture.host.commands.find(({ program }) => program === "cargo-zigbuild");
    assert.deepEqual(ran, ["cargo-zigbuild"]);
    assert.equal(command?.args[0], "zigbuild");
    assert.equal(command?.env?.["CARGO"], "cargo");
    // The other platform keeps its linker and compiler, of which zig would take the place.
    assert.equal(command?.env?.["CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER"], "cc");
    assert.equal(command?.env?.["CC_x86_64_unknown_linux_musl"], "musl-gcc");
  });
});

Deno.test("`buildExecutables()` asks for the tree once, until what it depends on changes", async () => {
  const there = ["cc", "aarch64-linux-musl-gcc"];
  await withTree(treeOf("ring", "cc"), { there }, async (fixture) => {
    await build(fixture, "linux/arm64", ["--features", "x", "--quiet"]);
    assert.equal(trees(fixture).length, 1);
    const args = trees(fixture)[0]?.args ?? [];
    assert.deepEqual(args.slice(-4), ["--package", "app@0.1.0", "--features", "x"]);
    assert.deepEqual(valuesOf(args, "--target"), [ARM64]);
    await build(fixture, "linux/arm64", ["--features", "x"]);
    assert.equal(trees(fixture).length, 1);
    const env = fixture.host.commands.at(-1)?.env ?? {};
    assert.equal(env["CC_aarch64_unknown_linux_musl"], "aarch64-linux-musl-gcc");
    await build(fixture);
    assert.equal(trees(fixture).length, 2);
    await Deno.writeTextFile(join(fixture.folder, "Cargo.toml"), "changed");
    await build(fixture);
    assert.equal(trees(fixture).length, 3);
  });
});

Deno.test("`buildExecutables()` asks for no tree where Cargo.lock has nothing that compiles", async () => {
  await withTree(treeOf("ring", "cc"), { locked: ["serde", "libc"] }, async (fixture) => {
    await build(fixture);
    assert.equal(trees(fixture).length, 0);
  });
  await withTree(treeOf("serde"), { locked: undefined }, async (fixture) => {
    await build(fixture);
    assert.equal(trees(fixture).length, 1);
    assert.ok(fixture.report.messages.includes("cargo:     Updating crates.io index"));
    assert.doesNotMatch(fixture.report.messages.join("\n"), /not of interest/);
  });
});

// What each rung can do, on machines of every kind.
import assert from "node:assert/strict";
import { crossCompilers } from "../../../src/cargo/compilers.ts";
import { describeLadder } from "../../../src/cargo/linker.ts";
import { parsePlatform, SUPPORTED_PLATFORMS } from "../../../src/oci/platform.ts";
import type { FakeProgram } from "../../support/fake_host.ts";
import { climb } from "./asked_ladder.ts";

const ZIG: Readonly<Record<string, FakeProgram>> = { python3: () => 0 };
const MUSL_CC: Readonly<Record<string, FakeProgram>> = {
  cc: ({ out }) => {
    out("x86_64-alpine-linux-musl\n");
    return 0;
  },
};

// The whole plan: what there is, the rung that is chosen, what cargo is told of compilers, and what the
// choice cannot do. macOS and Windows are planned for here alone.
for (
  const [name, asked, rung, compilers, lack] of [
    [
      "a cross compiler compiles C too",
      {
        need: "c",
        there: ["aarch64-linux-musl-gcc", "aarch64-linux-musl-ar"],
      },
      "cross-gcc",
      { CC: "aarch64-linux-musl-gcc", AR: "aarch64-linux-musl-ar" },
      undefined,
    ],
    [
      "and C++ where it has a compiler for it",
      {
        need: "c++",
        there: ["aarch64-linux-musl-gcc", "aarch64-linux-musl-g++"],
      },
      "cross-gcc",
      { CC: "aarch64-linux-musl-gcc", CXX: "aarch64-linux-musl-g++" },
      undefined,
    ],
    ["but no C++ without", { need: "c++", there: ["aarch64-linux-musl-gcc"] }, "cross-gcc", {
      CC: "aarch64-linux-musl-gcc",
    }, /compiles no C\+\+/],
    [
      "zig compiles C++ where the cross compiler does not",
      {
        need: "c++",
        there: ["aarch64-linux-musl-gcc", "cargo-zigbuild", "zig"],
      },
      "zig",
      {},
      undefined,
    ],
    ["zig of PyPI", { need: "c", there: ["cargo-zigbuild"], programs: ZIG }, "zig", {}, undefined],
    ["zig stays out of pure Rust", { there: ["cargo-zigbuild", "zig"] }, "rust-lld", {}, undefined],
    ["no zig without cargo-zigbuild", { need: "c", there: ["zig"] }, "rust-lld", {}, /no C/],
    [
      "no cargo-zigbuild without zig",
      { need: "c", there: ["cargo-zigbuild"] },
      "rust-lld",
      {},
      /no C/,
    ],
    [
      "clang without musl's headers, perhaps",
      {
        platform: "linux/s390x",
        need: "c",
        there: ["clang", "llvm-ar"],
      },
      "clang",
      { CC: "clang --target=T -nostdlibinc", AR: "llvm-ar" },
      /no headers of musl/,
    ],
    [
      "no C++ by clang",
      { platform: "linux/s390x", need: "c++", there: ["clang"] },
      "rust-lld",
      {},
      /no C/,
    ],
    [
      "the user's own compiler with rust-lld",
      {
        need: "c",
        env: { TARGET_CC: "mine" },
      },
      "rust-lld",
      {},
      undefined,
    ],
    [
      "musl-gcc beside this machine's cc",
      {
        platform: "linux/amd64",
        need: "c",
        there: ["cc", "musl-gcc"],
      },
      "cc",
      { CC: "musl-gcc" },
      undefined,
    ],
    [
      "cc alone where it is musl's",
      {
        platform: "linux/amd64",
        need: "c++",
        there: ["cc", "c++"],
        programs: MUSL_CC,
      },
      "cc",
      { CC: "cc", CXX: "c++" },
      undefined,
    ],
    [
      "zig where this machine's cc is glibc's",
      {
        platform: "linux/amd64",
        need: "c",
        there: ["cc", "cargo-zigbuild", "zig"],
      },
      "zig",
      {},
      undefined,
    ],
    [
      "cc where nothing compiles for musl",
      { platform: "linux/amd64", need: "c" },
      "cc",
      {},
      /glibc's/,
    ],
    ["cc for glibc", { platform: "linux/amd64", libc: "gnu", need: "c++" }, "cc", {}, undefined],
    [
      "clang where there is no cc",
      { platform: "linux/amd64", there: ["clang"] },
      "cc",
      {},
      undefined,
    ],
    [
      "glibc's compiler named for musl is not trusted with C",
      {
        need: "c",
        theirs: { program: "aarch64-linux-gnu-gcc", setBy: "/c.toml" },
      },
      "configured",
      {},
      /glibc's headers/,
    ],
    [
      "a musl compiler beside a linker that compiles nothing",
      {
        need: "c",
        theirs: { program: "rust-lld", setBy: "/c.toml" },
        there: ["aarch64-linux-musl-gcc"],
      },
      "configured",
      { CC: "aarch64-linux-musl-gcc" },
      undefined,
    ],
    [
      "the linker that was named, if it is musl's compiler",
      {
        need: "c",
        configured: "/opt/bin/aarch64-linux-musl-gcc",
        there: [],
      },
      "configured",
      { CC: "/opt/bin/aarch64-linux-musl-gcc" },
      undefined,
    ],
    [
      "lld of the system where Rust has none",
      { rustLld: false, there: ["ld.lld"] },
      "rust-lld",
      {},
      undefined,
    ],
    [
      "zig for glibc of another processor, linked dynamically",
      {
        libc: "gnu",
        dynamic: true,
        there: ["cargo-zigbuild", "zig"],
      },
      "zig",
      {},
      undefined,
    ],
    [
      "macOS: brew's cross compiler",
      {
        platform: "linux/amd64",
        os: "darwin",
        architecture: "arm64",
        need: "c",
        there: ["cc", "clang", "x86_64-linux-musl-gcc"],
      },
      "cross-gcc",
      { CC: "x86_64-linux-musl-gcc" },
      undefined,
    ],
    ["macOS: nothing but Rust", { os: "darwin", architecture: "arm64" }, "rust-lld", {}, undefined],
    [
      "macOS: zig",
      {
        os: "darwin",
        architecture: "arm64",
        need: "c",
        there: ["cc", "clang", "zig", "cargo-zigbuild"],
      },
      "zig",
      {},
      undefined,
    ],
    [
      "macOS: Apple's clang has no archiver for Linux",
      {
        os: "darwin",
        need: "c",
        there: ["cc", "clang"],
      },
      "rust-lld",
      {},
      /no C/,
    ],
    [
      "Windows: nothing but Rust",
      { platform: "linux/amd64", os: "windows" },
      "rust-lld",
      {},
      undefined,
    ],
    [
      "Windows: zig",
      {
        platform: "linux/amd64",
        os: "windows",
        need: "c++",
        there: ["zig", "cargo-zigbuild"],
      },
      "zig",
      {},
      undefined,
    ],
  ] as const
) {
  Deno.test(`\`climbLadder()\` plans: ${name}`, async () => {
    const { choice } = await climb(asked);
    assert.equal(choice?.rung, rung);
    assert.deepEqual(choice?.compilers, compilers);
    if (lack === undefined) assert.equal(choice?.lack, undefined);
    else assert.match(choice?.lack?.reason ?? "", lack);
  });
}

for (const platform of SUPPORTED_PLATFORMS.filter((name) => name !== "linux/amd64")) {
  Deno.test(`\`climbLadder()\` links ${platform} with rust-lld, and C with the first compiler that is there`, async () => {
    assert.equal((await climb({ platform })).choice?.program, "rust-lld");
    const [compiler = ""] = crossCompilers(parsePlatform(platform), "musl");
    const there = [compiler, "cargo-zigbuild", "zig", "clang"];
    assert.equal((await climb({ platform, need: "c", there })).choice?.program, compiler);
    const zig = await climb({ platform, need: "c", there: there.slice(1) });
    assert.equal(zig.choice?.rung, "zig");
    const nothing = await climb({ platform, need: "c" });
    assert.deepEqual(nothing.choice?.lack, { reason: "it compiles no C", perhaps: false });
  });
}

Deno.test("`describeLadder()` says of every rung what became of it", async () => {
  const ladder = await climb({ need: "c", there: ["cc", "cargo-zigbuild", "zig"] });
  assert.deepEqual(describeLadder(ladder), [
    "  configured: passed over: no configuration names a linker",
    "  cc: passed over: makes programs for linux/amd64",
    "  cross-gcc: passed over: no aarch64-linux-musl-gcc on PATH",
    "  rust-lld: passed over: it compiles no C",
    "  zig: chosen: cargo-zigbuild: compiles C for every target",
    "  clang: not needed: one before it serves",
  ]);
});

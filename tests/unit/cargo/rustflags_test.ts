// Flags for rustc joined to the user's own; `tests/e2e/cargo_test.ts` asks cargo whether it is so.
import assert from "node:assert/strict";
import { joinRustflags } from "../../../src/cargo/rustflags.ts";
import type { FlagSource } from "../../../src/cargo/target_configuration.ts";
import { KrustError } from "../../../src/core/error.ts";

const AMD64 = "x86_64-unknown-linux-musl";
const ARM64 = "aarch64-unknown-linux-musl";
const OF_AMD64 = "CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS";

interface Row {
  readonly source: FlagSource;
  readonly theirs?: readonly string[];
  readonly flags?: readonly string[];
  readonly target?: string;
  readonly dynamic?: boolean;
}

function join(rows: readonly Row[], env: Readonly<Record<string, string>> = {}): unknown {
  const targets = rows.map((
    { source, theirs = [], flags = [], target = AMD64, dynamic = false },
  ) => ({
    dynamic,
    configuration: { target, source, rustflags: theirs },
    flags,
  }));
  const { env: variables, args } = joinRustflags(targets, (name) => env[name]);
  return args.length === 0 ? variables : { ...variables, args };
}

const OURS = "-C target-feature=+crt-static";

for (
  const [source, env, expected] of [
    ["none", {}, {
      env: {},
      args: [
        "--config",
        `target.${AMD64}.rustflags=["-O","--x=a b","-C","target-feature=+crt-static"]`,
      ],
    }],
    ["RUSTFLAGS", { RUSTFLAGS: "-O" }, {
      env: { CARGO_ENCODED_RUSTFLAGS: "-O\x1f--x=a b\x1f-C\x1ftarget-feature=+crt-static" },
      args: [],
    }],
    ["CARGO_ENCODED_RUSTFLAGS", { CARGO_ENCODED_RUSTFLAGS: "-O" }, {
      env: { CARGO_ENCODED_RUSTFLAGS: "-O\x1f--x=a b\x1f-C\x1ftarget-feature=+crt-static" },
      args: [],
    }],
    ["target.rustflags", { [OF_AMD64]: "-O" }, { env: { [OF_AMD64]: `-O ${OURS}` }, args: [] }],
  ] as const
) {
  Deno.test(`\`joinRustflags()\` never has a flag with a blank cut in two: ${source}`, () => {
    const configuration = { target: AMD64, source, rustflags: ["-O"] };
    const variables: Readonly<Record<string, string>> = env;
    const target = { configuration, flags: [], dynamic: false };
    assert.deepEqual(joinRustflags([target], (name) => variables[name], ["--x=a b"]), expected);
  });
}

for (
  const [source, env, variable] of [
    ["none", {}, "CARGO_BUILD_RUSTFLAGS"],
    ["target.rustflags", {}, OF_AMD64],
    ["RUSTFLAGS", { RUSTFLAGS: "-O" }, "RUSTFLAGS"],
  ] as const
) {
  Deno.test(`\`joinRustflags()\` joins further flags of ours to ${source}`, () => {
    const configuration = { target: AMD64, source, rustflags: [] };
    const variables: Readonly<Record<string, string>> = env;
    const joined = joinRustflags(
      [{ configuration, flags: [], dynamic: false }],
      (name) => variables[name],
      [
        "--x=y",
      ],
    );
    const before = variables[variable] === undefined ? "" : `${variables[variable]} `;
    assert.deepEqual(joined, { env: { [variable]: `${before}--x=y ${OURS}` }, args: [] });
  });
}

for (
  const [name, rows, env, expected] of [
    ["none", [{ source: "none" }], {}, { CARGO_BUILD_RUSTFLAGS: OURS }],
    ["build", [{ source: "build.rustflags" }], {}, { CARGO_BUILD_RUSTFLAGS: OURS }],
    ["build's variable", [{ source: "build.rustflags" }], { CARGO_BUILD_RUSTFLAGS: "-O" }, {
      CARGO_BUILD_RUSTFLAGS: `-O ${OURS}`,
    }],
    ["target", [{ source: "target.rustflags" }], { CARGO_BUILD_RUSTFLAGS: "-O" }, {
      [OF_AMD64]: OURS,
    }],
    ["target's variable", [{ source: "target.rustflags" }], { [OF_AMD64]: "--cfg a" }, {
      [OF_AMD64]: `--cfg a ${OURS}`,
    }],
    ["RUSTFLAGS", [{ source: "RUSTFLAGS" }], { RUSTFLAGS: "--cfg a" }, {
      RUSTFLAGS: `--cfg a ${OURS}`,
    }],
    ["empty RUSTFLAGS", [{ source: "RUSTFLAGS" }], { RUSTFLAGS: "" }, { RUSTFLAGS: OURS }],
    [
      "encoded flags",
      [{ source: "CARGO_ENCODED_RUSTFLAGS" }],
      { CARGO_ENCODED_RUSTFLAGS: "--cfg\x1fa b" },
      { CARGO_ENCODED_RUSTFLAGS: "--cfg\x1fa b\x1f-C\x1ftarget-feature=+crt-static" },
    ],
    [
      "two targets of two sources",
      [
        { source: "target.rustflags" },
        { source: "build.rustflags", target: ARM64 },
      ],
      {},
      { [OF_AMD64]: OURS, CARGO_BUILD_RUSTFLAGS: OURS },
    ],
    [
      "a platform's flags beside target's",
      [{ source: "target.rustflags", flags: ["-C a=1", "-O"] }],
      {},
      {
        [OF_AMD64]: `${OURS} -C a=1 -O`,
      },
    ],
    [
      "a platform's flags beside build's",
      [
        { source: "build.rustflags", theirs: ["--cfg", "x y"], flags: ["-O"], target: ARM64 },
        { source: "build.rustflags", theirs: ["--cfg", "x y"] },
      ],
      {},
      {
        CARGO_BUILD_RUSTFLAGS: OURS,
        args: [
          "--config",
          `target.${ARM64}.rustflags=["--cfg","x y","-C","target-feature=+crt-static","-O"]`,
        ],
      },
    ],
    [
      "all platforms' flags beside RUSTFLAGS",
      [
        { source: "RUSTFLAGS", flags: ["-O"] },
        { source: "RUSTFLAGS", flags: ["-O"], target: ARM64 },
      ],
      { RUSTFLAGS: "-g" },
      { RUSTFLAGS: `-g ${OURS} -O` },
    ],
  ] as const
) {
  Deno.test(`\`joinRustflags()\` joins to what the user has: ${name}`, () => {
    assert.deepEqual(join(rows, env), expected);
  });
}

Deno.test("`joinRustflags()` refuses flags of single platforms beside RUSTFLAGS", () => {
  assert.throws(
    () => join([{ source: "RUSTFLAGS", flags: ["-O"] }, { source: "RUSTFLAGS", target: ARM64 }]),
    (error) => error instanceof KrustError && error.code === "config-invalid",
  );
});

for (const source of ["none", "target.rustflags", "RUSTFLAGS"] as const) {
  Deno.test(`\`joinRustflags()\` leaves a dynamic C library to the linker: ${source}`, () => {
    const flags = join([{ source, dynamic: true }, { source, target: ARM64, dynamic: true }], {
      RUSTFLAGS: "-O",
    });
    assert.doesNotMatch(JSON.stringify(flags), /crt-static/);
  });
}

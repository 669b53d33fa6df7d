// Which of cargo's sources of flags and linkers is in force.
import assert from "node:assert/strict";
import type { ConfigFile } from "../../../src/cargo/config_file.ts";
import {
  configurationOf,
  type TargetConfiguration,
} from "../../../src/cargo/target_configuration.ts";

const TARGET = "aarch64-unknown-linux-musl";
const RUSTFLAGS = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUSTFLAGS";
const LINKER = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER";

type File = Omit<Partial<ConfigFile>, "path">;

function lookUp(
  files: readonly File[],
  env: Readonly<Record<string, string>> = {},
): Promise<TargetConfiguration> {
  const whole = files.map((file, index) => ({
    path: `/${index}.toml`,
    buildStd: false,
    targets: {},
    ...file,
  }));
  const facts = () => Promise.resolve(new Set(["unix"]));
  return configurationOf(TARGET, whole, { env: (name) => env[name] }, facts);
}

const build: File = { buildRustflags: ["build"] };
const target: File = { targets: { [TARGET]: { rustflags: ["target"] } } };
const cfg: File = { targets: { "cfg(unix)": { rustflags: "cfg flags" } } };
const otherCfg: File = { targets: { "cfg(windows)": { rustflags: ["cfg"], linker: "link.exe" } } };
const otherTarget: File = { targets: { "x86_64-unknown-linux-musl": { rustflags: ["x"] } } };
const empty: File = { targets: { [TARGET]: { rustflags: [] } } };

for (
  const [name, files, env, source, rustflags] of [
    ["nothing", [], {}, "none", []],
    ["build", [build], {}, "build.rustflags", ["build"]],
    ["build in the environment", [], { CARGO_BUILD_RUSTFLAGS: " a  b " }, "build.rustflags", [
      "a",
      "b",
    ]],
    ["build in both", [build], { CARGO_BUILD_RUSTFLAGS: "a" }, "build.rustflags", ["build", "a"]],
    ["target over build", [build, target], {}, "target.rustflags", ["target"]],
    ["cfg over build", [cfg, build], {}, "target.rustflags", ["cfg", "flags"]],
    ["target and cfg", [cfg, target], {}, "target.rustflags", ["target", "cfg", "flags"]],
    ["target's variable over build", [build], { [RUSTFLAGS]: "v" }, "target.rustflags", ["v"]],
    ["target and its variable", [target], { [RUSTFLAGS]: "v" }, "target.rustflags", [
      "target",
      "v",
    ]],
    ["a cfg that does not hold", [otherCfg], {}, "none", []],
    ["another target", [otherTarget], {}, "none", []],
    ["an empty list for the target", [empty, build], {}, "build.rustflags", ["build"]],
    ["RUSTFLAGS over all files", [build, target], { RUSTFLAGS: "a b" }, "RUSTFLAGS", ["a", "b"]],
    ["RUSTFLAGS, though empty", [target], { RUSTFLAGS: "" }, "RUSTFLAGS", []],
    [
      "encoded flags over RUSTFLAGS",
      [],
      { RUSTFLAGS: "a", CARGO_ENCODED_RUSTFLAGS: "b c\x1fd" },
      "CARGO_ENCODED_RUSTFLAGS",
      ["b c", "d"],
    ],
    ["lists of several files joined", [build, { buildRustflags: ["far"] }], {}, "build.rustflags", [
      "far",
      "build",
    ]],
    [
      "a text that replaces a farther one",
      [{ buildRustflags: "near" }, { buildRustflags: "far" }],
      {},
      "build.rustflags",
      [
        "near",
      ],
    ],
  ] as const
) {
  Deno.test(`\`configurationOf()\` finds the flags in force: ${name}`, async () => {
    const found = await lookUp(files, env);
    assert.deepEqual([found.source, found.rustflags], [source, rustflags]);
  });
}

Deno.test("`configurationOf()` finds the linker: variable, nearest file, triple before cfg", async () => {
  const near: File = { targets: { "cfg(unix)": { linker: "near-cfg" } } };
  const far: File = { targets: { [TARGET]: { linker: "far" } } };
  const farther: File = { targets: { [TARGET]: { linker: "farther" } } };
  assert.deepEqual((await lookUp([near, far, farther])).linker, {
    program: "far",
    setBy: "/1.toml",
  });
  assert.deepEqual((await lookUp([near])).linker, { program: "near-cfg", setBy: "/0.toml" });
  assert.deepEqual((await lookUp([near, far], { [LINKER]: "mine" })).linker, {
    program: "mine",
    setBy: LINKER,
  });
  assert.equal((await lookUp([otherCfg])).linker, undefined);
});

Deno.test("`configurationOf()` asks rustc nothing where no file has a cfg", async () => {
  const facts = () => Promise.reject(new Error("asked"));
  const files = [{ path: "/a", buildStd: false, targets: { [TARGET]: { linker: "x" } } }];
  await configurationOf(TARGET, files, { env: () => undefined }, facts);
});

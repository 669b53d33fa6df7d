// What follows `--`.
import assert from "node:assert/strict";
import fc from "fast-check";
import { readCargoArguments } from "../../../src/cargo/arguments.ts";
import { KrustError } from "../../../src/core/error.ts";

for (
  const [args, expected] of [
    [[], { selection: { bins: [] }, rest: [] }],
    [["--features=prod", "--locked"], {
      selection: { bins: [] },
      rest: ["--features=prod", "--locked"],
    }],
    [["--bin", "a", "-v", "--bin=b", "--bin", "a"], {
      selection: { bins: ["a", "b"] },
      rest: ["-v"],
    }],
    [["--example", "demo"], { selection: { bins: [], example: "demo" }, rest: [] }],
    [["--example=demo"], { selection: { bins: [], example: "demo" }, rest: [] }],
    [["-p", "x"], { selection: { bins: [], package: "x" }, rest: [] }],
    [["-px"], { selection: { bins: [], package: "x" }, rest: [] }],
    [["-p=x"], { selection: { bins: [], package: "x" }, rest: [] }],
    [["--package=x"], { selection: { bins: [], package: "x" }, rest: [] }],
    [["--profile", "dist"], { selection: { bins: [] }, profile: "dist", rest: [] }],
    [["--release"], { selection: { bins: [] }, profile: "release", rest: [] }],
    [["-r", "--profile=release"], { selection: { bins: [] }, profile: "release", rest: [] }],
    [["--target-dir=out", "-j", "2"], {
      selection: { bins: [] },
      targetDirectory: "out",
      rest: ["-j", "2"],
    }],
    [["--bins", "--target-dirs"], { selection: { bins: [] }, rest: ["--bins", "--target-dirs"] }],
    [["$(rm -rf /)", "a\nb"], { selection: { bins: [] }, rest: ["$(rm -rf /)", "a\nb"] }],
  ] as const
) {
  Deno.test(`\`readCargoArguments()\` understands ${JSON.stringify(args)}`, () => {
    assert.deepEqual(readCargoArguments(args), expected);
  });
}

for (
  const [args, words] of [
    [["--target", "x"], /"--target" is krust's own/],
    [["--target=x"], /"--target=x" is krust's own/],
    [["--message-format=json"], /krust's own/],
    [["--manifest-path", "x"], /krust's own/],
    [["--config", "build.rustc-wrapper='x'"], /krust's own/],
    [["+nightly"], /a toolchain is no argument .*"\+nightly"/],
    [["-Z", "build-std"], /"-Z" is krust's own/],
    [["-Zbuild-std"], /"-Zbuild-std" is krust's own/],
    [["--bin"], /"--bin" lacks its value/],
    [["--profile", "--locked"], /"--profile" lacks its value/],
    [["-p", "a", "-p", "b"], /contradict each other: package "a" and "b"/],
    [["--release", "--profile=dev"], /profile "release" and "dev"/],
    [["--bin", "a", "--example", "b"], /--bin and --example/],
  ] as const
) {
  Deno.test(`\`readCargoArguments()\` refuses ${JSON.stringify(args)}`, () => {
    assert.throws(
      () => readCargoArguments(args),
      (error) => error instanceof KrustError && error.code === "usage" && words.test(error.message),
    );
  });
}

Deno.test("`readCargoArguments()` keeps all that it does not lift, in order", () => {
  const word = fc.string().filter((text) =>
    !/^(--(bin|example|package|profile|release|target|target-dir|message-format|manifest-path|config)(=|$)|-[prZ]|\+)/s
      .test(text)
  );
  fc.assert(fc.property(fc.array(word), (args) => {
    assert.deepEqual(readCargoArguments(args).rest, args);
  }));
});

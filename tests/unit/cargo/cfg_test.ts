// `cfg(…)` expressions.
import assert from "node:assert/strict";
import fc from "fast-check";
import { evaluateCfg } from "../../../src/cargo/cfg.ts";

const FACTS = new Set(["unix", 'target_os="linux"', 'target_env="musl"', 'target_feature="neon"']);

for (
  const [expression, expected] of [
    ["cfg(unix)", true],
    ["cfg(windows)", false],
    ['cfg(target_os = "linux")', true],
    ['cfg(target_os="windows")', false],
    ['cfg(all(unix, target_env = "musl"))', true],
    ['cfg(all(unix, target_env = "gnu"))', false],
    ['cfg(any(windows, target_env = "musl",))', true],
    ["cfg(not(windows))", true],
    ["cfg(not(unix))", false],
    ["cfg(all())", true],
    ["cfg(any())", false],
    ["cfg(true)", true],
    ["cfg(false)", false],
    ["  cfg ( not ( any ( windows , not ( unix ) ) ) )  ", true],
    ["x86_64-unknown-linux-musl", undefined],
    ["cfg(unix", undefined],
    ["cfg(unix))", undefined],
    ["cfg(not(unix, windows))", undefined],
    ["cfg(all(unix windows))", undefined],
    ["cfg(some(unix))", undefined],
    ["cfg(target_os = linux)", undefined],
    ["cfg()", undefined],
    ["", undefined],
  ] as const
) {
  Deno.test(`\`evaluateCfg()\` gives ${expected} for ${JSON.stringify(expression)}`, () => {
    assert.equal(evaluateCfg(expression, FACTS), expected);
  });
}

Deno.test("`evaluateCfg()` never throws, not even for the deepest nesting", () => {
  assert.equal(
    evaluateCfg(`cfg(${"not(".repeat(100_000)}unix${")".repeat(100_001)}`, FACTS),
    undefined,
  );
  const piece = fc.constantFrom("cfg", "(", ")", ",", "=", "all", "not", "unix", '"x"', " ", '"');
  fc.assert(fc.property(fc.array(piece), (pieces) => {
    evaluateCfg(pieces.join(""), FACTS);
  }));
});

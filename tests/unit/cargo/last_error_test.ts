// What is taken out of what programs say on standard error.
import assert from "node:assert/strict";
import { lastError } from "../../../src/cargo/last_error.ts";

for (
  const [name, stderr, expected] of [
    ["nothing", "", undefined],
    ["blank lines", "\n\n", undefined],
    ["no error line", "warning: a\nit went wrong\n", "it went wrong"],
    ["one error", "error: no such thing\n", "no such thing"],
    ["an error with a code", "error[E0463]: can't find crate\n", "can't find crate"],
    [
      "several errors",
      "error: one\n  | x\n\nerror: could not compile `a`\n",
      "could not compile `a`",
    ],
    [
      "cargo's causes",
      "error: failed to load manifest\nreferenced by workspace\n\nCaused by:\n  failed to read `a`\n\nCaused by:\n  No such file (os error 2)\n",
      "failed to load manifest: failed to read `a`: No such file (os error 2)",
    ],
    [
      "rustup's numbered causes and backtrace",
      "info: downloading\nerror: download failed\n\nCaused by:\n    0: could not download\n    1: http 404\n\nStack backtrace:\n   0: anyhow::new\n",
      "download failed: could not download: http 404",
    ],
  ] as const
) {
  Deno.test(`\`lastError()\` understands ${name}`, () => {
    assert.equal(lastError(stderr), expected);
  });
}

Deno.test("`lastError()` gives text that is fit for a terminal, and not endless", () => {
  const said = lastError(`error: \u001b[31mred\u0007 ${"x".repeat(5000)}`);
  assert.ok(said !== undefined && said.length <= 600);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(said, /[\u0000-\u001f]/);
});

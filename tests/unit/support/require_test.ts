// A test that cannot run is skipped by name, or fails where CI asks for it; it never passes unseen.
import assert from "node:assert/strict";
import {
  firstLacking,
  lackingProgram,
  lackingTarget,
  registerTest,
} from "../../support/require.ts";

/** What `registerTest()` registers. */
function registered(lacking: string | undefined, mustRun: boolean): Deno.TestDefinition {
  const seen: Deno.TestDefinition[] = [];
  registerTest((test) => void seen.push(test), lacking, "pushes", () => {}, mustRun);
  const [test] = seen;
  assert.ok(test !== undefined && seen.length === 1);
  return test;
}

Deno.test("`registerTest()` registers a test as it is when nothing is lacking", () => {
  for (const mustRun of [false, true]) {
    const test = registered(undefined, mustRun);
    assert.equal(test.name, "pushes");
    assert.notEqual(test.ignore, true);
  }
});

Deno.test("`registerTest()` ignores a test and names the reason on one line", () => {
  const test = registered("no docker:\n  not on PATH ", false);
  assert.equal(test.name, "pushes [skipped: no docker: not on PATH]");
  assert.equal(test.ignore, true);
});

Deno.test("`registerTest()` registers a failing test when it must run", async () => {
  const test = registered("no docker", true);
  assert.notEqual(test.ignore, true);
  // deno-lint-ignore require-await -- A synchronous throw must become a rejection.
  const run = async (): Promise<unknown> => Reflect.apply(test.fn, undefined, []);
  await assert.rejects(run, /must run with KRUST_E2E=1, but: no docker/);
});

Deno.test("`lackingProgram()` names the first program that is not there", () => {
  assert.equal(lackingProgram(), undefined);
  assert.equal(lackingProgram("krust-no-such-program"), "no krust-no-such-program on PATH");
});

Deno.test("`lackingTarget()` gives a reason for a target that rustc lacks", async () => {
  assert.match(await lackingTarget("riscv32imc-esp-espidf") ?? "", /^no (Rust target|rustc)/);
});

Deno.test("`firstLacking()` gives the first reason", () => {
  assert.equal(firstLacking(undefined, "a", "b"), "a");
  assert.equal(firstLacking(undefined), undefined);
});

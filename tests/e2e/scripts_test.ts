// What is not TypeScript here: shell scripts and workflows, by the linters that others use.
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../../tools/source_tree.ts";
import { goProgram, lackingGoProgram } from "../support/go_programs.ts";
import { run } from "../support/program.ts";
import { firstLacking, lackingProgram, requiring } from "../support/require.ts";

const SCRIPTS = ["install.sh", "tools/release/krust.sh", ".ci/action", ".ci/run", "bench/setup"];

await requiring(
  lackingProgram("shellcheck"),
  "the shell scripts are clean to shellcheck",
  async () => {
    assert.equal(await run("shellcheck", SCRIPTS, { cwd: ROOT }), "");
  },
);

await requiring(
  firstLacking(lackingProgram("shellcheck"), lackingGoProgram("actionlint")),
  "the workflows are clean to actionlint, and the scripts in them to shellcheck",
  async () => {
    const workflows = ["ci.yml", "release.yml"].map((name) => `.github/workflows/${name}`);
    const actionlint = goProgram("actionlint") ?? assert.fail("actionlint is gone");
    assert.equal(await run(actionlint, ["-no-color", ...workflows], { cwd: ROOT }), "");
  },
);

Deno.test("what a release fills in stands in the installers, once each", async () => {
  const blanks: readonly (readonly [string, RegExp])[] = [
    ["install.sh", /^(releases|version)=$/gm],
    ["install.ps1", /^\$own(Releases|Version) = ""$/gm],
  ];
  for (const [name, blank] of blanks) {
    const text = await Deno.readTextFile(join(ROOT, name));
    assert.equal(text.match(blank)?.length, 2, name);
  }
});

// The examples of docs/library.md, each run and type-checked as it stands by a program that imports krust
// by its public names; what it prints is what the text below it says.
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import denoConfig from "../../deno.json" with { type: "json" };
import { ROOT } from "../../tools/source_tree.ts";
import { run } from "../support/program.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

const page = await Deno.readTextFile(join(ROOT, "docs/library.md"));
const examples = [...page.matchAll(/^```ts\n(.*?)^```\n\n```text\n(.*?)^```$/gms)];

/** krust's public names, as they resolve for somebody who has installed it. */
const imports = Object.fromEntries(
  Object.entries(denoConfig.exports).map(([entry, path]) => [
    `${denoConfig.name}${entry.slice(1)}`,
    pathToFileURL(join(ROOT, path)).href,
  ]),
);

Deno.test("every block of code in docs/library.md is an example with what it prints", () => {
  assert.equal(examples.length, 3);
  assert.equal(page.match(/^```ts$/gm)?.length, examples.length);
});

for (const [index, [, code = "", printed]] of examples.entries()) {
  Deno.test(`example ${index + 1} of docs/library.md prints what it says`, () =>
    withTemporaryFolder(async (folder) => {
      const { compilerOptions, imports: libraries } = denoConfig;
      await Deno.writeTextFile(
        join(folder, "deno.json"),
        JSON.stringify({ compilerOptions, imports: { ...libraries, ...imports } }),
      );
      await Deno.writeTextFile(join(folder, "example.ts"), code);
      const args = ["run", "-A", "-q", "--check", "--no-lock", "example.ts"];
      assert.equal(await run(Deno.execPath(), args, { cwd: folder }), printed);
    }));
}

// The README's CLI reference is the program's own help, every command of it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { cliReference, withReference } from "../../src/cli/reference.ts";
import { ROOT } from "../../tools/source_tree.ts";

Deno.test("the README's CLI reference is what `--help` says", async () => {
  const path = join(ROOT, "README.md");
  const readme = await Deno.readTextFile(path);
  const reference = cliReference();
  assert.ok(reference.includes("krust build [OPTIONS] [DIRECTORY] [-- <CARGO_ARGS>...]"));
  const wanted = withReference(readme, reference);
  if (Deno.env.get("KRUST_GOLDEN") === "1") return await Deno.writeTextFile(path, wanted);
  assert.equal(readme, wanted, "README.md is out of date: deno task golden");
});

// The CLI reference in README.md is that of the program as it is.
import assert from "node:assert/strict";
import { cliReference, withReference } from "../../../src/cli/reference.ts";
import { ROOT } from "../../../tools/source_tree.ts";

Deno.test("README.md has the CLI reference as it is; `deno task golden` writes it", () => {
  const text = Deno.readTextFileSync(`${ROOT}README.md`);
  assert.equal(text, withReference(text, cliReference()));
});

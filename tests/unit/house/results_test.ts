// A result whose writing nobody waits for is lost when the process ends.
import assert from "node:assert/strict";
import { join } from "node:path";
import { filesBelow, ROOT } from "../../../tools/source_tree.ts";

const CALL = /(?<!function )\b(writeResult|writeReferences)\(/;

Deno.test("every result is waited for until it is written", () => {
  let calls = 0;
  for (const file of filesBelow("src/cli", (name) => name.endsWith(".ts"))) {
    for (const [at, line] of Deno.readTextFileSync(join(ROOT, file)).split("\n").entries()) {
      if (!CALL.test(line)) continue;
      calls++;
      assert.match(line, /\b(await|return) /, `${file}:${at + 1}`);
    }
  }
  assert.ok(calls > 5, "results are written somewhere");
});

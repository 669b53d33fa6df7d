// The table of the fault matrix: every row is tested or says why not, and no test is of a row that is none.
import assert from "node:assert/strict";
import { join } from "node:path";
import { formatMatrix, NOT_COVERED, rowOf, ROWS } from "../../../tools/fault_rows.ts";
import { ROOT } from "../../../tools/source_tree.ts";

const table = await Deno.readTextFile(join(ROOT, "docs/fault-matrix.md"));
const rows = new Map(
  [...table.matchAll(/^\| (\d+) \| (.*?) \| (.*?) \| (.*) \|$/gm)]
    .map(([, row, fault, files, outcome]) => [Number(row), { fault, files, outcome }]),
);

Deno.test("docs/fault-matrix.md has every row with its words", () => {
  assert.deepEqual(
    Object.fromEntries([...rows].map(([row, { fault }]) => [row, fault])),
    ROWS,
  );
});

Deno.test("a row of docs/fault-matrix.md is tested, or not covered for the reason given", () => {
  for (const [row, { files, outcome }] of rows) {
    const why = NOT_COVERED[row];
    if (why === undefined) {
      assert.match(files ?? "", /tests\/faults\/(processes\/)?\w+_test\.ts/, `row ${row}`);
    } else assert.equal(outcome, `not covered: ${why}`, `row ${row}`);
  }
});

Deno.test("docs/fault-matrix.md has no row that failed", () => {
  for (const [row, { outcome }] of rows) assert.doesNotMatch(outcome ?? "", /failed/, `row ${row}`);
});

Deno.test("`rowOf()` reads the row that a test's name carries", () => {
  assert.equal(rowOf("[row 49] a mount is answered 403"), 49);
  assert.equal(rowOf("a mount of [row 49]"), undefined);
});

Deno.test("`formatMatrix()` counts a row by its worst test", () => {
  const text = formatMatrix([
    { file: "a_test.ts", name: "[row 1] a", outcome: "passed" },
    { file: "a_test.ts", name: "[row 1] b [skipped: no reason]", outcome: "skipped" },
    { file: "a_test.ts", name: "[row 2] c", outcome: "failed" },
  ]);
  assert.match(text, /^\| 1 \| .* \| `a_test\.ts` \| 1 passed, 1 skipped: no reason \|$/m);
  assert.match(text, /^\| 2 \| .* \| \*\*1 failed\*\*, 0 passed \|$/m);
  assert.match(text, /^Rows: 0 passed \(\d+ of them in part\), 1 failed, 1 with tests skipped, /m);
});

// docs/audit.md names tests; a test that is renamed or removed must not stay there as if it held something up.
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../../../tools/source_tree.ts";

/** A test as a row of the document names it. */
interface Named {
  readonly file: string;
  /** A part of the test's name, as it stands in the file. */
  readonly part: string;
}

function namedTests(markdown: string): readonly Named[] {
  return [...markdown.matchAll(/^\|.*\| `(tests\/[^`]+)`: (.+) \|$/gm)].map(
    ([, file = "", part = ""]) => ({ file, part }),
  );
}

/** Those that are not there. */
function missing(markdown: string): readonly string[] {
  return namedTests(markdown).flatMap(({ file, part }) => {
    const text = Deno.readTextFileSync(join(ROOT, file));
    return text.includes(part) || text.includes(part.replaceAll("\\`", "`"))
      ? []
      : [`${file} has no "${part}"`];
  });
}

Deno.test("every test that docs/audit.md names is there, and no row is without one", () => {
  const markdown = Deno.readTextFileSync(join(ROOT, "docs/audit.md"));
  assert.deepEqual(missing(markdown), []);
  const rows = markdown.split("\n").filter((line) =>
    /^\| (?!rule|what it did|advisory|-)/.test(line)
  );
  assert.equal(namedTests(markdown).length, rows.length);
});

Deno.test("a row of the audit that names no test of its file is found", () => {
  const row = "| a rule | `tests/unit/house/audit_test.ts`: no such name in any row |";
  const forged = row.replace("no such name", ["no", "such", "test"].join("-"));
  assert.equal(missing(forged).length, 1);
});

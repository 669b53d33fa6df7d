// `deno run --allow-read --allow-write --allow-run --allow-env tools/fault_matrix.ts`: runs the tests of the
// fault matrix and writes `docs/fault-matrix.md`: each row, where it is tested, how that ended.
// deno-lint-ignore-file no-console
import { join } from "node:path";
import { readJunit, type TestOutcome } from "../tests/support/junit.ts";
import { formatMatrix, type RowTest } from "./fault_rows.ts";
import { filesBelow, ROOT } from "./source_tree.ts";

async function outcomesOf(file: string): Promise<readonly TestOutcome[]> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", "--frozen", `--junit-path=${report}`, file],
      cwd: ROOT,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return readJunit(await Deno.readTextFile(report));
  } finally {
    await Deno.remove(report);
  }
}

const tests: RowTest[] = [];
for (const file of filesBelow("tests/faults", (name) => name.endsWith("_test.ts"))) {
  for (const { name, outcome } of await outcomesOf(file)) tests.push({ file, name, outcome });
}
const text = formatMatrix(tests);
await Deno.writeTextFile(join(ROOT, "docs/fault-matrix.md"), text);
console.log(text.split("\n").find((line) => line.startsWith("Rows:")));

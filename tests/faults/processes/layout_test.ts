// The row of the fault matrix about krust being killed within the writes of an OCI layout: the short
// version of `deno task kill-writes`.
import assert from "node:assert/strict";
import { killWrites, lackingTracer } from "../../support/killed_writes.ts";
import { krustWriter } from "../../support/layout_writers.ts";
import { firstLacking, lackingProgram, requiring } from "../../support/require.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

/** From one call that is not made to the next; the task leaves none out. */
const STEP = 5;

await requiring(
  firstLacking(lackingTracer(), lackingProgram("cargo")),
  "[row 83] killed within the writes of a layout, others read the old image or the new",
  () =>
    withTemporaryFolder(async (folder) => {
      const writer = await krustWriter(folder);
      const { calls, broken, wrong, ...found } = await killWrites(folder, writer, { step: STEP });
      assert.deepEqual([broken, wrong], [[], []]);
      assert.equal(found.old + found.new, Math.floor(calls.length / STEP));
      const renames = calls.filter((call) => call.startsWith("rename "));
      assert.equal(renames.at(-1), "rename index.json", "the index comes last");
      assert.equal(calls.at(-1), "fsync ", "and the folder is synced");
      assert.equal(renames.length, calls.filter((call) => /^fsync .*\.krust-/.test(call)).length);
    }),
);

// Folders that stand in a program's bytes.
import assert from "node:assert/strict";
import { join } from "node:path";
import { namedFolders } from "../../../src/cargo/named_folders.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

const FOLDERS = ["/home/mü/p", "/home/other", "/q"];

for (
  const [what, at, expected] of [
    ["at the start", 0, ["/home/mü/p"]],
    ["across two of the pieces that are read", 256 * 1024 - 5, ["/home/mü/p"]],
    ["with only its last byte in the second piece", 256 * 1024 - 10, ["/home/mü/p"]],
    ["nowhere", undefined, []],
  ] as const
) {
  Deno.test(`\`namedFolders()\` finds a folder ${what}`, () =>
    withTemporaryFolder(async (folder) => {
      const bytes = new Uint8Array(300 * 1024).fill(0xff);
      if (at !== undefined) bytes.set(new TextEncoder().encode("/home/mü/p"), at);
      const path = join(folder, "program");
      await Deno.writeFile(path, bytes);
      assert.deepEqual(await namedFolders(path, FOLDERS), expected);
    }));
}

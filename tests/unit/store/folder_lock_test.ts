import assert from "node:assert/strict";
import { claimFolder, shareFolder } from "../../../src/store/folder_lock.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

Deno.test("a folder is shared by many, and nobody has it alone meanwhile", () =>
  withTemporaryFolder(async (folder) => {
    const [one, other] = [await shareFolder(folder), await shareFolder(folder)];
    assert.equal(await claimFolder(folder), undefined);
    one[Symbol.dispose]();
    assert.equal(await claimFolder(folder), undefined);
    other[Symbol.dispose]();
    using alone = await claimFolder(folder);
    assert.notEqual(alone, undefined);
    assert.equal(await claimFolder(folder), undefined);
  }));

Deno.test("a folder that is not there is neither shared nor had alone", async () => {
  using _shared = await shareFolder("/nonexistent/krust");
  assert.equal(await claimFolder("/nonexistent/krust"), undefined);
});

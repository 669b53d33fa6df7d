// Found assets as entries: hashed as they are, and refused where they change before they are packed.
import assert from "node:assert/strict";
import { join } from "node:path";
import type { FoundFile } from "../../../src/assets/asset.ts";
import { assetEntries } from "../../../src/assets/asset_entries.ts";
import { findAssets } from "../../../src/assets/find_assets.ts";
import { sha256 } from "../../../src/core/digest.ts";
import { SMALL_FILE } from "../../../src/core/files.ts";
import { packLayer } from "../../../src/image/pack.ts";
import { memoryStore } from "../../support/memory_store.ts";
import { drain, noise } from "../../support/streams.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

function found(source: string, size: number): FoundFile {
  return { type: "file", path: "/d/x", source, size, mode: 0o644 };
}

for (const size of [0, 1, SMALL_FILE, SMALL_FILE + 1, 300_000]) {
  Deno.test(`\`assetEntries()\` hashes and opens a file of ${size} bytes`, async () => {
    await withTemporaryFolder(async (folder) => {
      const source = join(folder, "x");
      await Deno.writeFile(source, noise(size));
      // The first of some is read in another way than the rest.
      const entries = await assetEntries([found(source, size), found(source, size)]);
      for (const entry of entries) {
        if (entry.type === "directory" || entry.type === "symlink") assert.fail("not a file");
        assert.equal(entry.digest, sha256(noise(size)));
        assert.equal(entry.body.size, size);
        assert.deepEqual(await drain(await entry.body.open()), noise(size));
      }
    });
  });
}

for (const size of [10, SMALL_FILE + 10]) {
  Deno.test(`[input 37] a file of ${size} bytes that grows before it is packed is refused`, async () => {
    await withTemporaryFolder(async (folder) => {
      const source = join(folder, "x");
      await Deno.writeFile(source, noise(size));
      const entries = await assetEntries([found(source, size)]);
      await Deno.writeFile(source, noise(5), { append: true });
      const store = memoryStore();
      await assert.rejects(packLayer(entries, { store, mtime: 0 }), {
        code: "store-failed",
        message: '"/d/x" changed while it was read',
      });
      assert.equal(store.blobs.size, 0);
    });
  });
}

Deno.test("[input 37] a sparse file of 10 GiB has its size", async () => {
  await withTemporaryFolder(async (folder) => {
    const source = join(folder, "sparse");
    await Deno.writeFile(source, new Uint8Array(0));
    await Deno.truncate(source, 10 * 1024 ** 3);
    const asset = { label: "x", source, destination: "/x", namedBy: "user" } as const;
    const [file] = await findAssets([asset], { project: folder });
    assert.ok(file?.type === "file");
    assert.equal(file.size, 10 * 1024 ** 3);
  });
});

Deno.test("`assetEntries()` names the file that cannot be read, and heeds a signal", async () => {
  await assert.rejects(assetEntries([found("/nowhere/x", 1)]), {
    code: "asset-refused",
    message: 'cannot pack the assets: cannot read "/nowhere/x"',
  });
  const signal = AbortSignal.abort(new Error("stop"));
  await assert.rejects(assetEntries([found("/nowhere/x", 1)], { signal }), { message: "stop" });
});

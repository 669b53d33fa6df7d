import assert from "node:assert/strict";
import { join } from "node:path";
import { openCache } from "../../../src/cli/cache.ts";
import { bytesOf } from "../../../src/core/streams.ts";
import { fakeHost } from "../../support/fake_host.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

const CONTENT = new TextEncoder().encode("content");

Deno.test("openCache() keeps what it is given in $KRUST_CACHE_DIR", async () => {
  await withTemporaryFolder(async (folder) => {
    const env = { KRUST_CACHE_DIR: join(folder, "cache") };
    await using first = await openCache(fakeHost({ cwd: folder, env }));
    const { descriptor } = await first.store.ingest(bytesOf(CONTENT), "text/plain");
    await using second = await openCache(fakeHost({ cwd: folder, env }));
    assert.ok(await second.store.find(descriptor) !== undefined);
  });
});

Deno.test("openCache() without a home serves one run and leaves nothing", async () => {
  // `HOME` is set to nothing, which counts as unset.
  const host = fakeHost({ cwd: "/", env: { HOME: "" } });
  const cache = await openCache(host);
  const blob = await cache.store.ingest(bytesOf(CONTENT), "text/plain");
  assert.ok(await cache.store.find(blob.descriptor) !== undefined);
  await cache[Symbol.asyncDispose]();
  await assert.rejects(blob.open());
});

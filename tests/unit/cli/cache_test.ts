import assert from "node:assert/strict";
import { join } from "node:path";
import { openCache } from "../../../src/cli/cache.ts";
import { bytesOf } from "../../../src/core/streams.ts";
import { fakeHost } from "../../support/fake_host.ts";
import { requiring } from "../../support/require.ts";
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

Deno.test("openCache() takes a relative $KRUST_CACHE_DIR from the host's working directory", async () => {
  await withTemporaryFolder(async (folder) => {
    const env = { KRUST_CACHE_DIR: "cache" };
    await using cache = await openCache(fakeHost({ cwd: folder, env }));
    await cache.store.ingest(bytesOf(CONTENT), "text/plain");
    assert.ok((await Deno.stat(join(folder, "cache"))).isDirectory);
  });
});

// Nobody can make a folder there, root neither.
const NOWHERE = "/proc/nowhere";

await requiring(
  Deno.build.os === "linux" ? undefined : "no /proc",
  "openCache() does without a home that cannot be written, and says so",
  async () => {
    const warnings: string[] = [];
    const host = fakeHost({ cwd: "/", env: { HOME: NOWHERE } });
    await using cache = await openCache(host, { warn: (text) => warnings.push(text) });
    const blob = await cache.store.ingest(bytesOf(CONTENT), "text/plain");
    assert.ok(await cache.store.find(blob.descriptor) !== undefined);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /^this run has no cache: .*\/proc\/nowhere/);
  },
);

await requiring(
  Deno.build.os === "linux" ? undefined : "no /proc",
  "openCache() does not pass over a folder that the user named",
  async () => {
    const host = fakeHost({ cwd: "/", env: { KRUST_CACHE_DIR: NOWHERE } });
    await using cache = await openCache(host);
    await assert.rejects(cache.store.ingest(bytesOf(CONTENT), "text/plain"), {
      code: "store-failed",
    });
  },
);

Deno.test("openCache() without a home serves one run and leaves nothing", async () => {
  // `HOME` is set to nothing, which counts as unset.
  const host = fakeHost({ cwd: "/", env: { HOME: "" } });
  const cache = await openCache(host);
  const blob = await cache.store.ingest(bytesOf(CONTENT), "text/plain");
  assert.ok(await cache.store.find(blob.descriptor) !== undefined);
  await cache[Symbol.asyncDispose]();
  await assert.rejects(blob.open());
});

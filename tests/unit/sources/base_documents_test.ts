// What of a base is kept from run to run: how seldom the registry is asked, and what works without it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { digestHex, sha256 } from "../../../src/core/digest.ts";
import { formatPlatform, parsePlatform } from "../../../src/oci/platform.ts";
import { MemoryRegistry } from "../../../src/registry/memory.ts";
import type { Registry } from "../../../src/registry/registry.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  fails,
  holding,
  HOST,
  NAME,
  openBase,
  readDigest,
  storeIn,
  TAGGED,
  withStore,
} from "../../support/bases.ts";
import { publish, syntheticIndex } from "../../support/images.ts";
import { recordedRegistry } from "../../support/recorded_registry.ts";

const AMD64 = parsePlatform("linux/amd64");

Deno.test("`registrySource()` asks a registry once for what it keeps", async (t) => {
  const root = await syntheticIndex(["linux/amd64", "linux/arm64"]);
  const asked = async (registry: Registry, store: Store, reference: string) => {
    const recorded = recordedRegistry(registry);
    const base = await openBase(recorded, store, reference);
    await base.image(AMD64);
    return recorded.calls.map((call) => call.method);
  };
  await t.step("a tag: a HEAD when it has not moved", () =>
    withStore(async (store) => {
      const registry = await holding(root);
      assert.deepEqual(await asked(registry, store, TAGGED), [
        "headManifest",
        "getManifest",
        "getManifest",
        "getBlob",
      ]);
      assert.deepEqual(await asked(registry, store, TAGGED), ["headManifest"]);
    }));
  await t.step("a tag that has moved", () =>
    withStore(async (store) => {
      const registry = await holding(root);
      await asked(registry, store, TAGGED);
      const next = await syntheticIndex(["linux/amd64"], { seed: 2 });
      await publish(registry, NAME, next, "nonroot");
      const base = await openBase(registry, store);
      assert.equal(base.digest, next.descriptor.digest);
      const offline = await openBase(registry, store, TAGGED, { offline: true });
      assert.equal(offline.digest, next.descriptor.digest);
    }));
  await t.step("a digest: nothing", () =>
    withStore(async (store) => {
      const pinned = `${HOST}/${NAME}@${root.descriptor.digest}`;
      const registry = await holding(root);
      assert.deepEqual(await asked(registry, store, pinned), [
        "getManifest",
        "getManifest",
        "getBlob",
      ]);
      assert.deepEqual(await asked(registry, store, pinned), []);
    }));
  await t.step("a registry that answers no HEAD", () =>
    withStore(async (store) => {
      const memory = await holding(root);
      const registry: Registry = {
        host: HOST,
        getBlob: (...args) => memory.getBlob(...args),
        hasBlob: (...args) => memory.hasBlob(...args),
        getManifest: (...args) => memory.getManifest(...args),
        headManifest: () => Promise.resolve(undefined),
        pushBlob: (...args) => memory.pushBlob(...args),
        pushManifest: (...args) => memory.pushManifest(...args),
      };
      assert.equal((await openBase(registry, store)).digest, root.descriptor.digest);
    }));
});

Deno.test("`registrySource()` fetches anew what the disk has spoilt", async () => {
  await withStore(async (store, folder) => {
    const root = await syntheticIndex(["linux/amd64"]);
    const registry = await holding(root);
    const settings = { keepLayers: true };
    const first = await (await openBase(registry, store, TAGGED, settings)).image(AMD64);
    for (const layer of first.layers) await readDigest(layer);
    const blobs = join(folder, "blobs/sha256");
    for (const { name } of [...Deno.readDirSync(blobs)]) {
      const bytes = await Deno.readFile(join(blobs, name));
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      await Deno.writeFile(join(blobs, name), bytes);
    }
    const again = await (await openBase(registry, storeIn(folder), TAGGED, settings)).image(AMD64);
    assert.deepEqual(again.descriptor, first.descriptor);
    for (const layer of again.layers) {
      assert.equal(await readDigest(layer), layer.descriptor.digest);
      const kept = await Deno.readFile(join(blobs, digestHex(layer.descriptor.digest)));
      assert.equal(sha256(kept), layer.descriptor.digest);
    }
  });
});

Deno.test("`registrySource()` works offline from what is kept", async (t) => {
  const root = await syntheticIndex(["linux/amd64", "linux/arm64"]);
  const dead = recordedRegistry(new MemoryRegistry(HOST), () => {
    throw new Error("asked while offline");
  });
  const offline = { offline: true };
  await t.step("whole", () =>
    withStore(async (store) => {
      const image = await (await openBase(await holding(root), store, TAGGED, { keepLayers: true }))
        .image(AMD64);
      for (const layer of image.layers) await readDigest(layer);
      const base = await openBase(dead, store, TAGGED, offline);
      assert.equal(base.digest, root.descriptor.digest);
      assert.deepEqual(base.platforms?.map(formatPlatform), ["linux/amd64", "linux/arm64"]);
      const again = await base.image(AMD64);
      for (const layer of again.layers) {
        assert.equal(await readDigest(layer), layer.descriptor.digest);
      }
    }));
  await t.step("nothing kept", () =>
    withStore(async (store) => {
      for (const reference of [TAGGED, `${HOST}/${NAME}@${root.descriptor.digest}`]) {
        await assert.rejects(
          openBase(dead, store, reference, offline),
          fails("base-not-found", /the network must not be used\nbuild once with the network/),
        );
      }
    }));
  await t.step("another platform kept", () =>
    withStore(async (store) => {
      await (await openBase(await holding(root), store)).image(AMD64);
      const base = await openBase(dead, store, TAGGED, offline);
      await base.image(AMD64);
      await assert.rejects(
        base.image(parsePlatform("linux/arm64")),
        fails("base-not-found", /not all in the cache/),
      );
    }));
  await t.step("layers not kept", () =>
    withStore(async (store) => {
      await (await openBase(await holding(root), store)).image(AMD64);
      const image = await (await openBase(dead, store, TAGGED, offline)).image(AMD64);
      const [layer] = image.layers;
      assert.ok(layer);
      await assert.rejects(layer.open(), fails("base-not-found", /not all in the cache/));
    }));
  assert.deepEqual(dead.calls, []);
});

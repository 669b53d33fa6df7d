// A base's layers: streamed, kept, or found in the store.
import assert from "node:assert/strict";
import { KrustError } from "../../../src/core/error.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";
import { fails, holding, openBase, readDigest, TAGGED, withStore } from "../../support/bases.ts";
import { syntheticImage } from "../../support/images.ts";
import { recordedRegistry } from "../../support/recorded_registry.ts";
import { recordedReport } from "../../support/recorded_report.ts";

const AMD64 = parsePlatform("linux/amd64");

Deno.test("`registrySource()` streams layers, and keeps them only where it is told to", async (t) => {
  for (const keepLayers of [false, true]) {
    await t.step(`keepLayers ${keepLayers}`, () =>
      withStore(async (store) => {
        const recorded = recordedRegistry(await holding(await syntheticImage({ layers: 1 })));
        const report = recordedReport();
        const base = await openBase(recorded, store, TAGGED, { keepLayers, report });
        const [layer] = (await base.image(AMD64)).layers;
        assert.ok(layer);
        const pulls = (): number =>
          recorded.calls.filter(({ method, at }) =>
            method === "getBlob" && at === layer.descriptor.digest
          ).length;
        assert.equal(pulls(), 0);
        await Promise.all([readDigest(layer), readDigest(layer)]);
        assert.equal(pulls(), keepLayers ? 1 : 2);
        assert.equal(await store.find(layer.descriptor) !== undefined, keepLayers);
        const steps = report.steps.map(({ label, total, done }) => [label, total, done]);
        const { digest, size } = layer.descriptor;
        assert.deepEqual(
          steps,
          keepLayers ? [[`Pulling base layer ${digest.slice(0, 19)}… (2.1 KiB)`, size, size]] : [],
        );
      }));
  }
});

Deno.test("`registrySource()` opens a layer from the store where it is kept already", async () => {
  await withStore(async (store) => {
    const image = await syntheticImage({ layers: 1 });
    const registry = recordedRegistry(await holding(image));
    const [kept] = image.layers;
    assert.ok(kept);
    await store.ingest(await kept.open(), kept.descriptor.mediaType);
    const [layer] = (await (await openBase(registry, store)).image(AMD64)).layers;
    assert.ok(layer);
    assert.equal(await readDigest(layer), layer.descriptor.digest);
    assert.ok(registry.calls.every((call) => call.at !== layer.descriptor.digest));
  });
});

Deno.test("`registrySource()` tries a layer again after a failure", async () => {
  await withStore(async (store) => {
    let failures = 1;
    const image = await syntheticImage({ layers: 1 });
    const [whole] = image.layers;
    assert.ok(whole);
    const { descriptor } = whole;
    const memory = await holding(image);
    const failing = recordedRegistry(memory, ({ at }) => {
      if (at === descriptor.digest && failures-- > 0) throw new KrustError("network-failed", "cut");
    });
    const [layer] =
      (await (await openBase(failing, store, TAGGED, { keepLayers: true })).image(AMD64))
        .layers;
    assert.ok(layer);
    await assert.rejects(readDigest(layer), fails("network-failed", /cut/));
    assert.equal(await readDigest(layer), descriptor.digest);
  });
});

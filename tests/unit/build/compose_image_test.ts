import assert from "node:assert/strict";
import { composeImage, type Composition } from "../../../src/build/compose_image.ts";
import { type Digest, sha256 } from "../../../src/core/digest.ts";
import { withAnnotations } from "../../../src/image/mutate.ts";
import { validateImage } from "../../../src/image/validate.ts";
import { syntheticImage, syntheticLayer } from "../../support/images.ts";

const PLAIN: Composition = {
  base: {},
  entrypoint: { name: "hello" },
  facts: { title: "hello", version: "1" },
  labels: {},
  annotations: {},
};

Deno.test("composeImage() puts the layer on top, with one line of history for each layer", async () => {
  const base = await syntheticImage();
  const image = composeImage(base, await syntheticLayer(7), PLAIN);
  await validateImage(image, { deep: true });
  assert.equal(image.layers.length, base.layers.length + 1);
  assert.deepEqual(
    image.layers.slice(0, -1).map(({ descriptor }) => descriptor),
    base.layers.map(({ descriptor }) => descriptor),
  );
  assert.equal(image.config.history?.length, image.layers.length);
  assert.deepEqual(image.config.history?.at(-1), {
    created_by: "krust build",
    comment: "/app/hello",
  });
});

Deno.test("composeImage() has the same digest for the same arguments, another for others", async () => {
  const [base, layer] = [await syntheticImage(), await syntheticLayer(7)];
  const digest = (composition: Composition): string =>
    composeImage(base, layer, composition).descriptor.digest;
  assert.equal(digest(PLAIN), digest({ ...PLAIN }));
  assert.notEqual(digest(PLAIN), digest({ ...PLAIN, sourceDateEpoch: 1 }));
  assert.notEqual(digest(PLAIN), digest({ ...PLAIN, labels: { a: "b" } }));
});

Deno.test("composeImage() lets what was asked for win over facts, and facts over the base", async () => {
  const base = await syntheticImage();
  const { annotations, config } = composeImage(base, await syntheticLayer(7), {
    ...PLAIN,
    base: { name: "x.test/base:v1", digest: sha256(new Uint8Array()) },
    facts: { title: "hello", version: "1", seed: "fact" },
    labels: { title: "label" },
    annotations: { title: "annotation", "org.opencontainers.image.base.name": "mine" },
  });
  assert.deepEqual(config.config?.Labels, { seed: "fact", title: "label", version: "1" });
  assert.deepEqual(annotations, {
    seed: "fact",
    title: "annotation",
    version: "1",
    "org.opencontainers.image.base.name": "mine",
    "org.opencontainers.image.base.digest": base.descriptor.digest,
  });
});

Deno.test("composeImage() notes the base's index where its manifest is from one", async () => {
  const base = await syntheticImage();
  const notes = async (digest: Digest): Promise<unknown> => {
    const composition = { ...PLAIN, base: { name: "x.test/base:v1", digest } };
    return composeImage(base, await syntheticLayer(7), composition).annotations[
      "dev.krust.base.index"
    ];
  };
  const index = sha256(new Uint8Array());
  assert.equal(await notes(index), index);
  assert.equal(await notes(base.descriptor.digest), undefined);
});

Deno.test("composeImage() leaves the base's annotations with the base", async () => {
  const base = withAnnotations(await syntheticImage(), {
    "org.opencontainers.image.revision": "the base's",
  });
  const image = composeImage(base, await syntheticLayer(7), PLAIN);
  assert.deepEqual(image.annotations, { title: "hello", version: "1" });
});

Deno.test("composeImage() names no base that has no name", async () => {
  const image = composeImage(await syntheticImage(), await syntheticLayer(7), PLAIN);
  const keys = Object.keys(image.annotations).filter((key) => key.includes(".base."));
  assert.deepEqual(keys, []);
});

// Images made of images: what is added, what stays, and a history that always fits.
import assert from "node:assert/strict";
import {
  appendLayer,
  emptyImage,
  withAnnotations,
  withContainer,
  withCreated,
} from "../../../src/image/mutate.ts";
import { type Image, makeImage } from "../../../src/image/image.ts";
import { validateImage } from "../../../src/image/validate.ts";
import type { History } from "../../../src/oci/image_config.ts";
import { syntheticImage, syntheticLayer } from "../../support/images.ts";

const HISTORY: History = { created_by: "krust build" };

async function withHistory(history: readonly History[] | undefined): Promise<Image> {
  const image = await syntheticImage();
  const { history: _, ...config } = image.config;
  return makeImage(history === undefined ? config : { ...config, history }, image.layers, {});
}

Deno.test("`emptyImage()` is valid and for its platform", async () => {
  const image = emptyImage({ os: "linux", architecture: "arm", variant: "v7" });
  await validateImage(image, { deep: true });
  const { os, architecture, variant, rootfs } = image.config;
  assert.deepEqual([os, architecture, variant], ["linux", "arm", "v7"]);
  assert.deepEqual(rootfs.diff_ids, []);
  assert.equal("variant" in emptyImage({ os: "linux", architecture: "amd64" }).config, false);
});

Deno.test("`appendLayer()` puts a layer on top and leaves the image as it was", async () => {
  const base = await syntheticImage();
  const before = structuredClone(base.config);
  const layer = await syntheticLayer(77);
  const image = appendLayer(base, layer, HISTORY);
  await validateImage(image, { deep: true });
  assert.deepEqual(
    image.layers.map(({ descriptor }) => descriptor.digest),
    [...base.layers, layer].map(({ descriptor }) => descriptor.digest),
  );
  assert.deepEqual(image.config.history?.at(-1), HISTORY);
  assert.deepEqual(image.config.config, base.config.config);
  assert.deepEqual(base.config, before);
});

const EMPTY: History = { created_by: "ENV a=b", empty_layer: true };
const LINE = (name: string): History => ({ created_by: name });
const PADDING: History = { comment: "a layer of the base image" };

const HISTORIES: readonly (readonly [
  name: string,
  base: readonly History[] | undefined,
  kept: readonly History[],
])[] = [
  ["keeps one that fits", [LINE("a"), EMPTY, LINE("b")], [LINE("a"), EMPTY, LINE("b")]],
  ["fills up one that is missing", undefined, [PADDING, PADDING]],
  ["fills up one that is empty", [], [PADDING, PADDING]],
  ["fills up one that is short", [EMPTY, LINE("a")], [EMPTY, LINE("a"), PADDING]],
  ["drops one that tells of too many layers", [LINE("a"), LINE("b"), LINE("c")], [
    PADDING,
    PADDING,
  ]],
];

for (const [name, base, kept] of HISTORIES) {
  Deno.test(`\`appendLayer()\` with a history ${name}`, async () => {
    const image = appendLayer(await withHistory(base), await syntheticLayer(77), HISTORY);
    assert.deepEqual(image.config.history, [...kept, HISTORY]);
    await validateImage(image);
  });
}

Deno.test("`withContainer()` changes the container's configuration alone", async () => {
  const base = withAnnotations(await syntheticImage(), { a: "1" });
  const image = withContainer(base, (config) => ({ ...config, User: "65532" }));
  assert.deepEqual(image.config, {
    ...base.config,
    config: { ...base.config.config, User: "65532" },
  });
  assert.deepEqual(image.annotations, { a: "1" });
  assert.notEqual(image.descriptor.digest, base.descriptor.digest);
  await validateImage(image);
});

Deno.test("`withContainer()` starts from nothing where there is no configuration", () => {
  const { config, ...rest } = emptyImage({ os: "linux", architecture: "amd64" }).config;
  assert.deepEqual(config, {});
  const image = withContainer(makeImage(rest, []), (found) => {
    assert.deepEqual(found, {});
    return { User: "1" };
  });
  assert.deepEqual(image.config.config, { User: "1" });
});

Deno.test("`withAnnotations()` adds, replaces and keeps, in one order", async () => {
  const base = withAnnotations(await syntheticImage(), { b: "1", a: "1" });
  const image = withAnnotations(base, { c: "2", a: "2" });
  assert.deepEqual(image.annotations, { a: "2", b: "1", c: "2" });
  const { annotations } = JSON.parse(new TextDecoder().decode(image.raw));
  assert.deepEqual(Object.entries(annotations), [["a", "2"], ["b", "1"], ["c", "2"]]);
  const other = withAnnotations(await syntheticImage(), { c: "2", b: "1", a: "2" });
  assert.equal(other.descriptor.digest, image.descriptor.digest);
});

Deno.test("`withCreated()` sets the time, and takes it away", async () => {
  const base = await syntheticImage();
  const image = withCreated(base, "1970-01-01T00:00:00Z");
  assert.equal(image.config.created, "1970-01-01T00:00:00Z");
  assert.equal(withCreated(image, undefined).descriptor.digest, base.descriptor.digest);
  assert.equal("created" in withCreated(image, undefined).config, false);
});

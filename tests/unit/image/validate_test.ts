// Validation: what is right passes, and each way of being wrong is noticed and named.
import assert from "node:assert/strict";
import { sha256 } from "../../../src/core/digest.ts";
import { type ErrorCode, KrustError } from "../../../src/core/error.ts";
import { encodeJson } from "../../../src/core/json.ts";
import { bytesOf } from "../../../src/core/streams.ts";
import { blobOf, type Image, type Layer, makeImage, makeIndex } from "../../../src/image/image.ts";
import { validateImage } from "../../../src/image/validate.ts";
import { formatImageIndex, formatImageManifest } from "../../../src/oci/manifest.ts";
import {
  dockerManifest,
  syntheticImage,
  syntheticIndex,
  syntheticLayer,
} from "../../support/images.ts";
import { drain } from "../../support/streams.ts";

Deno.test("`validateImage()` passes images and indexes that are right", async () => {
  await validateImage(await syntheticImage({ layers: 3 }), { deep: true });
  await validateImage(await syntheticIndex(["linux/amd64", "linux/arm/v7"]), { deep: true });
});

Deno.test("`validateImage()` passes a base with docker's types and an unknown compression", async () => {
  const image = await syntheticImage();
  await validateImage({ ...image, ...dockerManifest(image) }, { deep: true });
  const odd = blobOf(new Uint8Array(10), "application/vnd.oci.image.layer.v1.tar+zstd");
  const layer = { ...odd, diffID: sha256(new Uint8Array(1)) };
  const config = { ...image.config, rootfs: { type: "layers" as const, diff_ids: [layer.diffID] } };
  await validateImage(makeImage(config, [layer]), { deep: true });
});

async function refused(
  image: Parameters<typeof validateImage>[0],
  code: ErrorCode,
  reason: RegExp,
): Promise<void> {
  await assert.rejects(validateImage(image, { deep: true }), (error) => {
    assert.ok(error instanceof KrustError, `${error}`);
    assert.equal(error.code, code);
    assert.match(error.message, reason);
    return true;
  });
}

async function spoilt(
  layer: Layer,
  spoil: (raw: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
) {
  const raw = spoil(await drain(await layer.open()));
  return { ...layer, open: () => Promise.resolve(bytesOf(raw)) };
}

const LAYERS: readonly (readonly [
  name: string,
  spoil: (raw: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
  code: ErrorCode,
])[] = [
  ["a layer with one bit wrong in its header", (raw) => raw.with(4, 1), "digest-mismatch"],
  ["a layer that is cut", (raw) => raw.slice(0, -1), "digest-mismatch"],
  ["a layer with more at its end", (raw) => new Uint8Array([...raw, 0]), "digest-mismatch"],
];

for (const [name, spoil, code] of LAYERS) {
  Deno.test(`\`validateImage()\` refuses ${name}, if it looks that deep`, async () => {
    const image = await syntheticImage({ layers: 1 });
    const [layer = assert.fail()] = image.layers;
    const bad = { ...image, layers: [await spoilt(layer, spoil)] };
    await validateImage(bad);
    await assert.rejects(validateImage(bad, { deep: true }), (error) => {
      // Damaged gzip may be noticed as gzip before it is noticed by its digest.
      assert.ok(error instanceof KrustError);
      assert.ok([code, "document-invalid"].includes(error.code), error.code);
      return true;
    });
  });
}

/** The image with a config of other bytes, which its manifest names rightly. */
function withConfig(image: Image, config: unknown): Image {
  const configBlob = blobOf(encodeJson(config), image.configBlob.descriptor.mediaType);
  const manifest = formatImageManifest({
    config: configBlob.descriptor,
    layers: image.layers.map(({ descriptor }) => descriptor),
  });
  return { ...image, ...manifest, configBlob };
}

Deno.test("`validateImage()` refuses a layer whose content is not its diffID's", async () => {
  const layer = { ...await syntheticLayer(1), diffID: sha256(new Uint8Array(0)) };
  const { config } = await syntheticImage({ layers: 1 });
  const rootfs = { type: "layers" as const, diff_ids: [layer.diffID] };
  await refused(
    makeImage({ ...config, rootfs }, [layer]),
    "digest-mismatch",
    /the content of layer/,
  );
});

type Spoil = (image: Image) => Promise<Image> | Image;

const IMAGES: readonly (readonly [name: string, spoil: Spoil, code: ErrorCode, reason: RegExp])[] =
  [
    [
      "a manifest of other bytes",
      (image) => ({ ...image, raw: new Uint8Array([...image.raw, 32]) }),
      "digest-mismatch",
      /the manifest/,
    ],
    [
      "a manifest of another size",
      (image) => ({ ...image, descriptor: { ...image.descriptor, size: 1 } }),
      "digest-mismatch",
      /instead of 1 bytes/,
    ],
    [
      "a config of other bytes",
      (image) => ({
        ...image,
        configBlob: {
          ...image.configBlob,
          open: async () => bytesOf((await drain(await image.configBlob.open())).with(3, 32)),
        },
      }),
      "digest-mismatch",
      /the config of sha256:/,
    ],
    [
      "another config than the manifest's",
      (image) => ({ ...image, configBlob: blobOf(encodeJson({}), "a/b") }),
      "document-invalid",
      /its config is another/,
    ],
    [
      "a config for another platform",
      (image) => withConfig(image, { ...image.config, architecture: "arm64" }),
      "document-invalid",
      /another platform/,
    ],
    [
      "too few diff_ids",
      (image) => withConfig(image, { ...image.config, rootfs: { type: "layers", diff_ids: [] } }),
      "document-invalid",
      /0 diff_ids for 2 layers/,
    ],
    [
      "diff_ids in another order",
      (image) =>
        withConfig(image, {
          ...image.config,
          rootfs: { type: "layers", diff_ids: image.config.rootfs.diff_ids.toReversed() },
        }),
      "document-invalid",
      /diff_id 0 is not/,
    ],
    [
      "a history that tells of other layers",
      (image) => withConfig(image, { ...image.config, history: [{}] }),
      "document-invalid",
      /history tells of 1 layers, there are 2/,
    ],
    [
      "a layer that the manifest does not list",
      (image) => ({ ...image, layers: image.layers.toReversed() }),
      "document-invalid",
      /diff_id 0 is not/,
    ],
    [
      "a manifest with fewer layers",
      (image) => ({
        ...image,
        ...formatImageManifest({ config: image.configBlob.descriptor, layers: [] }),
      }),
      "document-invalid",
      /0 layers listed, 2 held/,
    ],
    [
      "an index in an image's place",
      (image) => ({ ...image, ...formatImageIndex({ manifests: [] }) }),
      "document-invalid",
      /it is not an image/,
    ],
  ];

for (const [name, spoil, code, reason] of IMAGES) {
  Deno.test(`\`validateImage()\` refuses ${name}`, async () => {
    await refused(await spoil(await syntheticImage()), code, reason);
  });
}

Deno.test("`validateImage()` refuses an index that lists other images than it holds", async () => {
  const index = await syntheticIndex(["linux/amd64", "linux/arm64"]);
  const [first = assert.fail(), second = assert.fail()] = index.manifests;
  await refused({ ...index, manifests: [first] }, "document-invalid", /2 manifests listed, 1 held/);
  await refused({ ...index, manifests: [second, first] }, "document-invalid", /manifest 0 is not/);
  await refused({ ...index, raw: first.raw }, "digest-mismatch", /the manifest/);
});

Deno.test("`validateImage()` refuses an index that lists an image for another platform", async () => {
  const image = await syntheticImage();
  for (const platform of [undefined, { os: "linux", architecture: "arm64" }]) {
    const listed = { ...image.descriptor, ...(platform === undefined ? {} : { platform }) };
    const index = { ...makeIndex([image]), ...formatImageIndex({ manifests: [listed] }) };
    await refused(index, "document-invalid", /manifest 0 is not listed for linux\/amd64/);
  }
});

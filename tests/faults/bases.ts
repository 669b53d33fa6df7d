// Base images with one layer that is out of the ordinary: large, of an odd type, or not what it claims.
import { gzipSync } from "node:zlib";
import { isRecord } from "../support/faults/json.ts";
import { encodeJson } from "../../src/core/json.ts";
import { sha256 } from "../../src/core/digest.ts";
import { bytesOf } from "../../src/core/streams.ts";
import { type Image, type Layer, makeImage } from "../../src/image/image.ts";
import { MEDIA_TYPE } from "../../src/oci/media_type.ts";
import { documentOf, noise, syntheticImage } from "../support/images.ts";

/** Bytes in a MiB. */
export const MIB = 1024 * 1024;

/** An image whose second layer is `raw`: gzip that unpacks to bytes of `diffID`, unless `layer` differs. */
export async function withLayer(
  raw: Uint8Array<ArrayBuffer>,
  layer: Partial<Layer>,
): Promise<Image> {
  const plain = await syntheticImage({ layers: 1 });
  const added: Layer = {
    descriptor: { mediaType: MEDIA_TYPE.layerGzip, digest: sha256(raw), size: raw.length },
    diffID: sha256(raw),
    open: () => Promise.resolve(bytesOf(raw)),
    ...layer,
  };
  const layers = [...plain.layers, added];
  return makeImage({
    ...plain.config,
    rootfs: { type: "layers", diff_ids: layers.map(({ diffID }) => diffID) },
  }, layers);
}

/** An image whose second layer has `size` bytes and is not compressed. */
export async function largeBase(size: number): Promise<Image> {
  return await withType(noise(3, size), MEDIA_TYPE.layer);
}

/** An image whose second layer is `raw`, of the type given. */
export async function withType(raw: Uint8Array<ArrayBuffer>, mediaType: string): Promise<Image> {
  return await withLayer(raw, {
    descriptor: { mediaType, digest: sha256(raw), size: raw.length },
  });
}

/** The image with another manifest: `change` gets the layers as they stand in it. */
export function withListed(
  image: Image,
  change: (layers: readonly unknown[]) => readonly unknown[],
): Image {
  const manifest: unknown = JSON.parse(new TextDecoder().decode(image.raw));
  if (!isRecord(manifest) || !Array.isArray(manifest["layers"])) throw new Error("no manifest");
  const raw = encodeJson({ ...manifest, layers: change(manifest["layers"]) });
  return { ...image, ...documentOf(raw, image.descriptor.mediaType) };
}

/** An image whose second layer is gzip with `behind` after its end. */
export async function withGzip(
  content: Uint8Array<ArrayBuffer>,
  behind: Uint8Array = new Uint8Array(),
): Promise<Image> {
  const raw = new Uint8Array([...gzipSync(content), ...behind]);
  return await withLayer(raw, { diffID: sha256(content) });
}

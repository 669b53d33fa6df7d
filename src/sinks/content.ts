// All that an image consists of, each digest once, in the order in which a place may take it.
import { type Image, imagesOf, type Node } from "../image/image.ts";
import type { Blob, Manifest } from "../oci/descriptor.ts";
import { bytesOf } from "../core/streams.ts";

/** The different images of a node, in its order. */
export function distinctImages(root: Node): readonly Image[] {
  return [...new Map(imagesOf(root).map((image) => [image.descriptor.digest, image])).values()];
}

/** The different layers and configurations of images, the base's layers first. */
export function distinctBlobs(images: readonly Image[]): readonly Blob[] {
  const all = images.flatMap((image) => [...image.layers, image.configBlob]);
  return [...new Map(all.map((blob) => [blob.descriptor.digest, blob])).values()];
}

/** All that a place without a registry's grammar keeps: blobs, then manifests, then the root. */
export function distinctContent(root: Node): readonly Blob[] {
  const images = distinctImages(root);
  const manifests = [...images.filter((image) => image !== root), root];
  const all = [...distinctBlobs(images), ...manifests.map(manifestBlob)];
  return [...new Map(all.map((blob) => [blob.descriptor.digest, blob])).values()];
}

function manifestBlob({ descriptor, raw }: Manifest): Blob {
  return { descriptor, open: () => Promise.resolve(bytesOf(raw)) };
}

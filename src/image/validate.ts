// Everything that an image claims, derived again from its bytes: for tests, for the demo, and for
// whoever doubts. It trusts no field that it can compute.
import { type Digest, Hasher, sha256 } from "../core/digest.ts";
import { KrustError } from "../core/error.ts";
import { gunzip } from "../core/gunzip.ts";
import { printable } from "../core/printable.ts";
import { type Bytes, type Cancel, collect, verified } from "../core/streams.ts";
import type { Blob, Descriptor, Manifest } from "../oci/descriptor.ts";
import { type ImageConfig, parseImageConfig } from "../oci/image_config.ts";
import {
  type ImageIndex,
  type ImageManifest,
  MANIFEST_LIMIT,
  parseManifest,
} from "../oci/manifest.ts";
import { MEDIA_TYPE, ociLayerType } from "../oci/media_type.ts";
import { formatPlatform, samePlatform } from "../oci/platform.ts";
import { type Image, imagePlatform, type Index, type Layer, type Node } from "./image.ts";

/** Options of {@linkcode validateImage}. */
export interface ValidateOptions extends Cancel {
  /** Also reads each layer, for its digest and diffID; otherwise documents alone. */
  readonly deep?: boolean;
}

/**
 * Checks that an image or index is what it says, down to the content of its layers.
 *
 * @throws {KrustError} `digest-mismatch` where bytes are not those of their digest, `document-invalid`
 * where documents contradict each other; what opening a blob throws.
 */
export async function validateImage(node: Node, options: ValidateOptions = {}): Promise<void> {
  if (node.kind === "image") return await checkImage(node, options);
  checkIndex(node);
  for (const image of node.manifests) await checkImage(image, options);
}

function fault(node: Manifest, reason: string): KrustError {
  return new KrustError("document-invalid", `${node.descriptor.digest} is not valid: ${reason}`);
}

function mismatch(what: string, expected: Digest, got: Digest): KrustError {
  return new KrustError(
    "digest-mismatch",
    `${what} is not what its digest promises: expected ${expected}, got ${got}`,
  );
}

function checkBytes({ descriptor, raw }: Manifest): void {
  const digest = sha256(raw);
  if (digest !== descriptor.digest) throw mismatch("the manifest", descriptor.digest, digest);
  if (raw.length !== descriptor.size) {
    throw new KrustError(
      "digest-mismatch",
      `${digest} is not of its size: ${raw.length} instead of ${descriptor.size} bytes`,
    );
  }
}

/** Whether two descriptors are of the same bytes; a base's may have docker's types in one of them. */
function sameContent(left: Descriptor, right: Descriptor): boolean {
  return left.digest === right.digest && left.size === right.size;
}

function checkIndex(index: Index): void {
  checkBytes(index);
  const { manifests } = indexOf(index);
  if (manifests.length !== index.manifests.length) {
    throw fault(index, `${manifests.length} manifests listed, ${index.manifests.length} held`);
  }
  for (const [at, image] of index.manifests.entries()) {
    const listed = manifests[at];
    if (listed === undefined || !sameContent(listed, image.descriptor)) {
      throw fault(index, `manifest ${at} is not ${image.descriptor.digest}`);
    }
    const platform = imagePlatform(image);
    if (listed.platform === undefined || !samePlatform(listed.platform, platform)) {
      throw fault(index, `manifest ${at} is not listed for ${formatPlatform(platform)}`);
    }
  }
}

function indexOf(index: Index): ImageIndex {
  const document = parseManifest(index.raw, index.descriptor.mediaType, index.descriptor.digest);
  if (document.kind !== "index") throw fault(index, "it is not an index");
  return document.index;
}

function manifestOf(image: Image): ImageManifest {
  const document = parseManifest(image.raw, image.descriptor.mediaType, image.descriptor.digest);
  if (document.kind !== "image") throw fault(image, "it is not an image");
  return document.manifest;
}

async function checkImage(
  image: Image,
  { deep = false, ...cancel }: ValidateOptions,
): Promise<void> {
  checkBytes(image);
  const manifest = manifestOf(image);
  if (!sameContent(manifest.config, image.configBlob.descriptor)) {
    throw fault(image, "its config is another than the manifest's");
  }
  const what = `the config of ${image.descriptor.digest}`;
  const raw = await collect(await readBlob(image.configBlob, what, cancel), MANIFEST_LIMIT, what);
  checkConfig(image, parseImageConfig(raw, what));
  if (manifest.layers.length !== image.layers.length) {
    throw fault(image, `${manifest.layers.length} layers listed, ${image.layers.length} held`);
  }
  for (const [at, layer] of image.layers.entries()) {
    const listed = manifest.layers[at];
    if (listed === undefined || !sameContent(listed, layer.descriptor)) {
      throw fault(image, `layer ${at} is not ${layer.descriptor.digest}`);
    }
    if (ociLayerType(listed.mediaType) !== ociLayerType(layer.descriptor.mediaType)) {
      throw fault(image, `layer ${at} is listed as ${printable(listed.mediaType)}`);
    }
    if (deep) await checkLayer(layer, cancel);
  }
}

function checkConfig(image: Image, config: ImageConfig): void {
  if (config.os !== image.config.os || config.architecture !== image.config.architecture) {
    throw fault(image, "its config is for another platform than the image");
  }
  const { diff_ids } = config.rootfs;
  if (diff_ids.length !== image.layers.length) {
    throw fault(image, `${diff_ids.length} diff_ids for ${image.layers.length} layers`);
  }
  for (const [at, { diffID }] of image.layers.entries()) {
    if (diff_ids[at] !== diffID) throw fault(image, `diff_id ${at} is not ${diffID}`);
  }
  if (config.history === undefined) return;
  const lines = config.history.filter((line) => line.empty_layer !== true).length;
  if (lines !== image.layers.length) {
    throw fault(image, `history tells of ${lines} layers, there are ${image.layers.length}`);
  }
}

async function checkLayer(layer: Layer, cancel: Cancel): Promise<void> {
  const { digest, mediaType } = layer.descriptor;
  const what = `layer ${digest}`;
  const bytes = await readBlob(layer, what, cancel);
  const hasher = new Hasher();
  for await (const chunk of unpacked(bytes, mediaType, what)) {
    cancel.signal?.throwIfAborted();
    hasher.update(chunk);
  }
  const type = ociLayerType(mediaType);
  const known = type === MEDIA_TYPE.layer || type === MEDIA_TYPE.layerGzip;
  const diffID = hasher.digest();
  if (known && diffID !== layer.diffID) {
    throw mismatch(`the content of ${what}`, layer.diffID, diffID);
  }
}

/** A layer's tar; other compressions than gzip are read as they are, for their digest alone. */
function unpacked(bytes: Bytes, mediaType: string, what: string): Bytes {
  return ociLayerType(mediaType) === MEDIA_TYPE.layerGzip ? gunzip(bytes, what) : bytes;
}

async function readBlob(blob: Blob, what: string, cancel: Cancel): Promise<Bytes> {
  return verified(await blob.open(cancel), blob.descriptor, what);
}

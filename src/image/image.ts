// Images and indexes as immutable values: descriptors known at birth, bytes opened on demand.
import { type Digest, sha256 } from "../core/digest.ts";
import { encodeJson } from "../core/json.ts";
import { bytesOf } from "../core/streams.ts";
import type { Annotations, Blob, Descriptor, Manifest } from "../oci/descriptor.ts";
import type { ImageConfig } from "../oci/image_config.ts";
import { formatImageIndex, formatImageManifest } from "../oci/manifest.ts";
import { MEDIA_TYPE, ociLayerType } from "../oci/media_type.ts";
import { normalizePlatform, type Platform } from "../oci/platform.ts";
import type { Repository } from "../oci/reference.ts";

/** A layer: a blob whose uncompressed digest is known too. */
export interface Layer extends Blob {
  /** Digest of the uncompressed tar (image-spec config.md, "Layer DiffID"). */
  readonly diffID: Digest;
}

/** An image for one platform. */
export interface Image extends Manifest {
  /** Tells it from an index. */
  readonly kind: "image";
  /** The parsed configuration. */
  readonly config: ImageConfig;
  /** The configuration as the blob that the manifest names. */
  readonly configBlob: Blob;
  /** The layers, the base's first. */
  readonly layers: readonly Layer[];
  /** The manifest's annotations. */
  readonly annotations: Annotations;
  /** A repository that holds all of it already, the manifest too. */
  readonly origin?: Repository;
}

/** Images for several platforms under one digest. */
export interface Index extends Manifest {
  /** Tells it from an image. */
  readonly kind: "index";
  /** The images, in the order of the index. */
  readonly manifests: readonly Image[];
  /** The index's annotations. */
  readonly annotations: Annotations;
}

/** What a sink writes. */
export type Node = Image | Index;

/** A blob over bytes in memory. */
export function blobOf(raw: Uint8Array<ArrayBuffer>, mediaType: string): Blob {
  return {
    descriptor: { mediaType, digest: sha256(raw), size: raw.length },
    open: () => Promise.resolve(bytesOf(raw)),
  };
}

/** The platform that an image's configuration names. */
export function imagePlatform(image: Image): Platform {
  const { os, architecture, variant } = image.config;
  return normalizePlatform({ os, architecture, ...(variant === undefined ? {} : { variant }) });
}

/**
 * Makes an image. The same arguments always give the same digest: keys are written in the spec's
 * order, annotations sorted, layer types always OCI's.
 */
export function makeImage(
  config: ImageConfig,
  layers: readonly Layer[],
  annotations: Annotations = {},
): Image {
  const typed = layers.map((layer): Layer => ({
    ...layer,
    descriptor: { ...layer.descriptor, mediaType: ociLayerType(layer.descriptor.mediaType) },
  }));
  const configBlob = blobOf(encodeJson(orderedConfig(config)), MEDIA_TYPE.config);
  const manifest = formatImageManifest({
    config: configBlob.descriptor,
    layers: typed.map((layer) => layer.descriptor),
    annotations,
  });
  return { kind: "image", ...manifest, config, configBlob, layers: typed, annotations };
}

/** Makes an index over images, in the order given. */
export function makeIndex(images: readonly Image[], annotations: Annotations = {}): Index {
  const manifest = formatImageIndex({
    manifests: images.map((image): Descriptor => ({
      ...image.descriptor,
      platform: imagePlatform(image),
    })),
    annotations,
  });
  return { kind: "index", ...manifest, manifests: images, annotations };
}

/** The images of a node: itself, or those of the index. */
export function imagesOf(node: Node): readonly Image[] {
  return node.kind === "image" ? [node] : node.manifests;
}

/** An image's configuration with its keys in the spec's order, and no others. */
function orderedConfig(config: ImageConfig): unknown {
  const { created, author, architecture, os, variant, config: container, rootfs, history } = config;
  return { created, author, architecture, os, variant, config: container, rootfs, history };
}

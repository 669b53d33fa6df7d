// An image that a registry holds, read as a value: its manifest's own bytes, its configuration checked
// against manifest and index, its layers to be opened later.
import type { Digest } from "../core/digest.ts";
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";
import { bytesOf, type Cancel } from "../core/streams.ts";
import type { Image, Layer } from "../image/image.ts";
import type { Descriptor, Manifest } from "../oci/descriptor.ts";
import { type ImageConfig, parseImageConfig } from "../oci/image_config.ts";
import { type ImageManifest, isImageConfigType } from "../oci/manifest.ts";
import { formatPlatform, normalizePlatform, type Platform, samePlatform } from "../oci/platform.ts";
import type { PlatformImage } from "./platform_images.ts";
import { type Documents, parseDocument } from "./documents.ts";

/**
 * Reads an image.
 *
 * @param layerOf makes a layer whose bytes are looked for when it is opened.
 * @throws {KrustError} `document-invalid` where it is none or contradicts itself, and what reading the
 * documents throws.
 */
export async function readImage(
  { descriptor, platform }: PlatformImage,
  documents: Documents,
  layerOf: (descriptor: Descriptor, diffID: Digest) => Layer,
  cancel: Cancel,
): Promise<Image> {
  const manifest = await documents.manifest(descriptor, cancel);
  const document = parseDocument(manifest, documents);
  if (document.kind === "index") throw unusable(documents, manifest, "it is an index");
  const { config: configDescriptor } = document.manifest;
  if (!isImageConfigType(configDescriptor.mediaType)) {
    const type = printable(configDescriptor.mediaType);
    throw unusable(documents, manifest, `its configuration is ${type}, which is no image's`);
  }
  const raw = await documents.config(configDescriptor, cancel);
  const config = parseImageConfig(raw, `the configuration of ${documents.subject}`);
  const fault = configFault(config, document.manifest, platform);
  if (fault !== undefined) throw unusable(documents, manifest, fault);
  const diffIDs = config.rootfs.diff_ids;
  return {
    kind: "image",
    ...manifest,
    config: withVariant(config, platform),
    configBlob: { descriptor: configDescriptor, open: () => Promise.resolve(bytesOf(raw)) },
    layers: document.manifest.layers.flatMap((layer, index) => {
      const diffID = diffIDs[index];
      return diffID === undefined ? [] : [layerOf(layer, diffID)];
    }),
    annotations: document.manifest.annotations ?? {},
  };
}

function unusable(
  { subject, details }: Documents,
  manifest: Manifest,
  reason: string,
): KrustError {
  const { digest } = manifest.descriptor;
  return new KrustError(
    "document-invalid",
    `${subject} cannot be used: manifest ${digest}: ${reason}`,
    { details },
  );
}

/** What in a configuration contradicts the manifest or index that names it. */
function configFault(
  config: ImageConfig,
  manifest: ImageManifest,
  platform: Platform,
): string | undefined {
  if (config.os !== platform.os || config.architecture !== platform.architecture) {
    const said = printable(`${config.os}/${config.architecture}`);
    return `its configuration is for ${said}, its index says ${formatPlatform(platform)}`;
  }
  const { length } = config.rootfs.diff_ids;
  return length === manifest.layers.length
    ? undefined
    : `it has ${manifest.layers.length} layers, its configuration ${length} diff_ids`;
}

/**
 * The configuration saying the platform that the index says: many leave the variant to the index, and
 * an image made from this one must have it.
 */
function withVariant(config: ImageConfig, platform: Platform): ImageConfig {
  const { variant, ...rest } = config;
  const { os, architecture } = config;
  const own = normalizePlatform({
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
  });
  if (samePlatform(own, platform)) return config;
  return platform.variant === undefined ? rest : { ...rest, variant: platform.variant };
}

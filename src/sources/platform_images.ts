// Which images an index holds, and for which platforms; attestations and other artifacts that stand in
// the same index are passed over.
import { isIndexType, isManifestType } from "../oci/media_type.ts";
import type { Descriptor, Manifest } from "../oci/descriptor.ts";
import { isImageConfigType } from "../oci/manifest.ts";
import { formatPlatform, normalizePlatform, type Platform } from "../oci/platform.ts";
import { parseImageConfig } from "../oci/image_config.ts";
import type { Cancel } from "../core/streams.ts";
import { type Documents, parseDocument } from "./documents.ts";

/** How many indexes deep is searched: the one given, and those that it names (spec.md). */
const DEPTH = 2;

/** BuildKit's mark on what stands in an index and is no image. */
const REFERENCE_TYPE = "vnd.docker.reference.type";

/** An image, and what it runs on. */
export interface PlatformImage {
  /** Normalized. */
  readonly platform: Platform;
  /** The image's manifest. */
  readonly descriptor: Descriptor;
}

/**
 * The images that a base's manifest or index stands for, in its order; of several for one platform the
 * first.
 *
 * @throws {KrustError} `document-invalid`, and what reading the documents throws.
 */
export async function platformImages(
  root: Manifest,
  documents: Documents,
  cancel: Cancel,
): Promise<readonly PlatformImage[]> {
  const found = await everyImage(root, documents, cancel);
  const first = new Map<string, PlatformImage>();
  for (const image of found) {
    const key = formatPlatform(image.platform);
    if (!first.has(key)) first.set(key, image);
  }
  return [...first.values()];
}

/**
 * All images that a manifest or index stands for, in its order.
 *
 * @throws {KrustError} `document-invalid`, and what reading the documents throws.
 */
export function everyImage(
  root: Manifest,
  documents: Documents,
  cancel: Cancel,
): Promise<readonly PlatformImage[]> {
  return search(root, 1, documents, cancel);
}

async function search(
  at: Manifest,
  depth: number,
  documents: Documents,
  cancel: Cancel,
): Promise<readonly PlatformImage[]> {
  const document = parseDocument(at, documents);
  if (document.kind === "image") {
    const { config } = document.manifest;
    if (!isImageConfigType(config.mediaType)) return [];
    const what = `the configuration of ${documents.subject}`;
    const { os, architecture, variant } = parseImageConfig(
      await documents.config(config, cancel),
      what,
    );
    return candidate(at.descriptor, {
      os,
      architecture,
      ...(variant === undefined ? {} : { variant }),
    });
  }
  const found: PlatformImage[] = [];
  for (const entry of document.index.manifests.filter(mayBeImage)) {
    if (isManifestType(entry.mediaType) && entry.platform !== undefined) {
      found.push(...candidate(entry, entry.platform));
    } else if (isManifestType(entry.mediaType) || depth < DEPTH) {
      const child = await documents.manifest(entry, cancel);
      found.push(...await search(child, depth + 1, documents, cancel));
    }
  }
  return found;
}

function candidate(descriptor: Descriptor, platform: Platform): readonly PlatformImage[] {
  if (platform.os === "unknown" || platform.architecture === "unknown") return [];
  return [{ descriptor, platform: normalizePlatform(platform) }];
}

function mayBeImage({ mediaType, artifactType, annotations }: Descriptor): boolean {
  return (isManifestType(mediaType) || isIndexType(mediaType)) && artifactType === undefined &&
    annotations?.[REFERENCE_TYPE] === undefined;
}

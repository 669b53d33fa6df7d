// What a registry asks of a manifest before it keeps it, and how it describes a referrer; the same
// wherever the content is.
import { type Digest, isDigest, sha256 } from "../core/digest.ts";
import type { Descriptor, Manifest } from "../oci/descriptor.ts";
import { type ManifestDocument, parseManifest } from "../oci/manifest.ts";
import type { MediaType } from "../oci/media_type.ts";
import { refusal } from "./errors.ts";

/** A manifest that was pushed, read. */
export interface PushedManifest {
  /** Names its bytes. */
  readonly descriptor: Descriptor;
  /** What it refers to, for an artifact. */
  readonly subject: Digest | undefined;
  /** Blobs that must be in the repository. */
  readonly blobs: readonly Digest[];
  /** Manifests that must be in the repository. */
  readonly manifests: readonly Digest[];
}

/**
 * Reads a manifest that is pushed.
 *
 * @param mediaType as the request has it; the document's own where that is empty.
 * @param at a digest or a tag.
 * @throws {RegistryError} `DIGEST_INVALID` where it has another digest than `at`, `MANIFEST_INVALID`
 * where it is none.
 */
export function readManifest(raw: Uint8Array, mediaType: MediaType, at: string): PushedManifest {
  const digest = sha256(raw);
  if (isDigest(at) && at !== digest) {
    throw refusal(400, "DIGEST_INVALID", `the manifest's digest is ${digest}, not ${at}`);
  }
  const document = parse(raw, mediaType === "" ? undefined : mediaType);
  const content = document.kind === "image" ? document.manifest : document.index;
  const { artifactType, subject } = content;
  return {
    descriptor: {
      mediaType: mediaType === "" ? content.mediaType : mediaType,
      digest,
      size: raw.length,
      ...(artifactType === undefined ? {} : { artifactType }),
    },
    subject: subject?.digest,
    ...references(document),
  };
}

/**
 * Fails where a repository lacks what a manifest names.
 *
 * @throws {RegistryError} `MANIFEST_BLOB_UNKNOWN`.
 */
export async function requireContent(
  repository: string,
  manifest: PushedManifest,
  holds: {
    readonly hasBlob: (digest: Digest) => Promise<boolean>;
    readonly hasManifest: (digest: Digest) => Promise<boolean>;
  },
): Promise<void> {
  const require = async (
    digests: readonly Digest[],
    has: (digest: Digest) => Promise<boolean>,
  ): Promise<void> => {
    for (const digest of new Set(digests)) {
      if (await has(digest)) continue;
      throw refusal(404, "MANIFEST_BLOB_UNKNOWN", `${repository} does not hold ${digest}`);
    }
  };
  await require(manifest.blobs, holds.hasBlob);
  await require(manifest.manifests, holds.hasManifest);
}

/**
 * A manifest as "Listing Referrers" of distribution-spec wants it described; undefined where it is no
 * referrer of `subject`.
 */
export function describeReferrer(
  { raw, descriptor }: Manifest,
  subject: Digest,
): Descriptor | undefined {
  const document = parse(raw, descriptor.mediaType);
  const content = document.kind === "image" ? document.manifest : document.index;
  if (content.subject?.digest !== subject) return undefined;
  const fallback = document.kind === "image" ? document.manifest.config.mediaType : undefined;
  const artifactType = content.artifactType ?? fallback;
  return {
    ...descriptor,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(content.annotations === undefined ? {} : { annotations: content.annotations }),
  };
}

/** The manifest that a manifest refers to. */
export function subjectOf({ raw, descriptor }: Manifest): Digest | undefined {
  const document = parse(raw, descriptor.mediaType);
  return (document.kind === "image" ? document.manifest : document.index).subject?.digest;
}

function references(
  document: ManifestDocument,
): { readonly blobs: readonly Digest[]; readonly manifests: readonly Digest[] } {
  if (document.kind === "index") {
    return { blobs: [], manifests: document.index.manifests.map(({ digest }) => digest) };
  }
  const { config, layers } = document.manifest;
  const blobs = [config, ...layers]
    .filter(({ mediaType }) => !isForeign(mediaType))
    .map(({ digest }) => digest);
  return { blobs, manifests: [] };
}

/** Whether a layer is kept elsewhere and may not be here (image-spec, "Non-Distributable Layers"). */
function isForeign(mediaType: MediaType): boolean {
  return mediaType.startsWith("application/vnd.oci.image.layer.nondistributable.") ||
    mediaType.startsWith("application/vnd.docker.image.rootfs.foreign.");
}

function parse(raw: Uint8Array, mediaType: MediaType | undefined): ManifestDocument {
  try {
    return parseManifest(raw, mediaType, "the manifest");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refusal(400, "MANIFEST_INVALID", reason);
  }
}

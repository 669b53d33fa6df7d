// Image manifests and indexes (image-spec manifest.md, image-index.md): written canonically, read
// with suspicion.
import * as v from "valibot";
import { sha256 } from "../core/digest.ts";
import { type ErrorOptions, KrustError } from "../core/error.ts";
import { decodeJson, encodeJson, validateJson } from "../core/json.ts";
import { printable } from "../core/printable.ts";
import type { Annotations, Descriptor, Manifest } from "./descriptor.ts";
import {
  DOCKER_MEDIA_TYPE,
  isIndexType,
  isManifestType,
  MEDIA_TYPE,
  type MediaType,
} from "./media_type.ts";
import type { Platform } from "./platform.ts";
import { descriptorSchema, withoutNulls } from "./schema.ts";

/** The content of an image manifest. */
export interface ImageManifest {
  /** The type that it was written with. */
  readonly mediaType: MediaType;
  /** For an artifact: its type. */
  readonly artifactType?: string;
  /** The configuration. */
  readonly config: Descriptor;
  /** The layers, the lowest first. */
  readonly layers: readonly Descriptor[];
  /** The manifest that this one is about. */
  readonly subject?: Descriptor;
  /** Notes on the image. */
  readonly annotations?: Annotations;
}

/** The content of an index. */
export interface ImageIndex {
  /** The type that it was written with. */
  readonly mediaType: MediaType;
  /** For an artifact: its type. */
  readonly artifactType?: string;
  /** What it holds, in its order. */
  readonly manifests: readonly Descriptor[];
  /** The manifest that this one is about. */
  readonly subject?: Descriptor;
  /** Notes on the index. */
  readonly annotations?: Annotations;
}

/** A parsed manifest or index, told apart by `kind`. */
export type ManifestDocument =
  | { readonly kind: "image"; readonly manifest: ImageManifest }
  | { readonly kind: "index"; readonly index: ImageIndex };

/** The largest manifest, index or config that is read, in bytes (distribution-spec asks for 4 MB). */
export const MANIFEST_LIMIT = 4 * 1024 * 1024;

const annotations = v.exactOptional(v.record(v.string(), v.string()));

const manifestSchema = v.object({
  schemaVersion: v.literal(2),
  artifactType: v.exactOptional(v.string()),
  config: descriptorSchema,
  // Go writes null for no layers.
  layers: v.optional(v.pipe(v.array(descriptorSchema), v.maxLength(1_000)), []),
  subject: v.exactOptional(descriptorSchema),
  annotations,
});

const indexSchema = v.object({
  schemaVersion: v.literal(2),
  artifactType: v.exactOptional(v.string()),
  manifests: v.pipe(v.array(descriptorSchema), v.maxLength(10_000)),
  subject: v.exactOptional(descriptorSchema),
  annotations,
});

const envelopeSchema = v.looseObject({
  schemaVersion: v.exactOptional(v.unknown()),
  mediaType: v.exactOptional(v.string()),
});

/**
 * Reads a manifest or index.
 *
 * @param contentType the type that the registry gave it, judged against the document's own.
 * @param what names the document in the error.
 * @throws {KrustError} `document-invalid` where it is neither, or both (CVE-2021-41190).
 */
export function parseManifest(
  raw: Uint8Array,
  contentType: MediaType | undefined,
  what: string,
): ManifestDocument {
  const fault = (reason: string, options: ErrorOptions = {}): KrustError =>
    new KrustError("document-invalid", `${what} is not a manifest: ${reason}`, options);
  const value = withoutNulls(decode(raw, fault));
  const envelope = validateJson(envelopeSchema, value, what);
  if (envelope.schemaVersion === 1) {
    throw fault("schema 1 is not supported", { help: ["use an image that was pushed after 2017"] });
  }
  const image = "layers" in envelope || "config" in envelope;
  const index = "manifests" in envelope;
  if (image && index) throw fault("ambiguous manifest: it has both layers and manifests");
  if (!image && !index) throw fault("it has neither layers nor manifests");
  const mediaType = envelope.mediaType ?? (image ? MEDIA_TYPE.manifest : MEDIA_TYPE.index);
  for (const claim of [mediaType, contentType]) {
    if (claim === undefined) continue;
    if ((image && isIndexType(claim)) || (index && isManifestType(claim))) {
      throw fault(
        `it is ${image ? "an image" : "an index"} but says that it is ${printable(claim)}`,
      );
    }
  }
  if (index) {
    const { schemaVersion: _, ...index } = validateJson(indexSchema, value, what);
    return { kind: "index", index: { mediaType, ...index } };
  }
  const { schemaVersion: _, ...manifest } = validateJson(manifestSchema, value, what);
  return { kind: "image", manifest: { mediaType, ...manifest } };
}

function decode(
  raw: Uint8Array,
  fault: (reason: string, options: ErrorOptions) => KrustError,
): unknown {
  try {
    return decodeJson(raw, "it");
  } catch (error) {
    throw error instanceof KrustError ? fault(error.message, { cause: error.cause }) : error;
  }
}

/** Writes an image manifest: compact JSON, keys in the spec's order. */
export function formatImageManifest(manifest: Omit<ImageManifest, "mediaType">): Manifest {
  return document(MEDIA_TYPE.manifest, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.manifest,
    artifactType: manifest.artifactType,
    config: formatDescriptor(manifest.config),
    layers: manifest.layers.map(formatDescriptor),
    subject: manifest.subject === undefined ? undefined : formatDescriptor(manifest.subject),
    annotations: sortedAnnotations(manifest.annotations),
  }, manifest.artifactType);
}

/** Writes an index: compact JSON, keys in the spec's order, manifests in the order given. */
export function formatImageIndex(index: Omit<ImageIndex, "mediaType">): Manifest {
  return document(MEDIA_TYPE.index, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.index,
    artifactType: index.artifactType,
    manifests: index.manifests.map(formatDescriptor),
    subject: index.subject === undefined ? undefined : formatDescriptor(index.subject),
    annotations: sortedAnnotations(index.annotations),
  }, index.artifactType);
}

function document(mediaType: MediaType, value: unknown, artifactType?: string): Manifest {
  const raw = encodeJson(value);
  return {
    raw,
    descriptor: {
      mediaType,
      digest: sha256(raw),
      size: raw.length,
      ...(artifactType === undefined ? {} : { artifactType }),
    },
  };
}

/** A descriptor with its keys in the spec's order and nothing else. */
export function formatDescriptor(descriptor: Descriptor): Record<string, unknown> {
  const { mediaType, digest, size, platform, artifactType, annotations } = descriptor;
  return {
    mediaType,
    digest,
    size,
    platform: platform === undefined ? undefined : formatIndexPlatform(platform),
    artifactType,
    annotations: sortedAnnotations(annotations),
  };
}

/** A platform with its keys in the spec's order. */
function formatIndexPlatform({ architecture, os, variant }: Platform): Record<string, unknown> {
  return { architecture, os, variant };
}

/** Annotations sorted by key, so that the same ones give the same bytes; absent where empty. */
export function sortedAnnotations(annotations: Annotations | undefined): Annotations | undefined {
  if (annotations === undefined || Object.keys(annotations).length === 0) return undefined;
  return Object.fromEntries(
    Object.entries(annotations).sort(([left], [right]) => left < right ? -1 : left > right ? 1 : 0),
  );
}

/** Whether a media type is one that a pull of a base may meet as a config. */
export function isImageConfigType(mediaType: MediaType): boolean {
  return mediaType === MEDIA_TYPE.config || mediaType === DOCKER_MEDIA_TYPE.config;
}

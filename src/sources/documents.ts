// Manifests and configurations of images that a registry holds, by digest, whoever keeps them.
import type { Cancel } from "../core/streams.ts";
import type { Descriptor, Manifest } from "../oci/descriptor.ts";
import { type ManifestDocument, parseManifest } from "../oci/manifest.ts";

/** Reads documents; each is checked against its digest. */
export interface Documents {
  /** What they belong to, for messages: `base image "x.test/a:v1"`. */
  readonly subject: string;
  /** Facts about it for programs, in errors. */
  readonly details: Readonly<Record<string, string>>;
  /** The manifest or index of a descriptor. */
  manifest(descriptor: Descriptor, cancel: Cancel): Promise<Manifest>;
  /** The bytes of an image configuration. */
  config(descriptor: Descriptor, cancel: Cancel): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Reads a manifest or index.
 *
 * @throws {KrustError} `document-invalid`.
 */
export function parseDocument(
  { raw, descriptor }: Manifest,
  { subject }: Pick<Documents, "subject">,
): ManifestDocument {
  return parseManifest(raw, descriptor.mediaType, `manifest ${descriptor.digest} of ${subject}`);
}

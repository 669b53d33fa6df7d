// Descriptors and blobs: content named by its digest (image-spec descriptor.md).
import type { Digest } from "../core/digest.ts";
import type { Bytes, Cancel } from "../core/streams.ts";
import type { MediaType } from "./media_type.ts";
import type { Platform } from "./platform.ts";
import type { Repository } from "./reference.ts";

/** Free-form notes on a manifest, an index or a descriptor (image-spec annotations.md). */
export type Annotations = Readonly<Record<string, string>>;

/** What content is, how large, and its digest. */
export interface Descriptor {
  /** Media type of the content. */
  readonly mediaType: MediaType;
  /** Digest of the content. */
  readonly digest: Digest;
  /** Size of the content in bytes. */
  readonly size: number;
  /** For a manifest in an index: what it runs on. */
  readonly platform?: Platform;
  /** For a manifest of an artifact: the artifact's type. */
  readonly artifactType?: string;
  /** Notes on the content. */
  readonly annotations?: Annotations;
}

/** Content with a descriptor known beforehand and bytes that are opened on demand. */
export interface Blob {
  /** Names the content. */
  readonly descriptor: Descriptor;
  /** A repository that holds it already, from which a registry may mount it. */
  readonly origin?: Repository;
  /** Opens the bytes; they are verified against the descriptor while they are read. */
  open(options?: Cancel): Promise<Bytes>;
}

/** A manifest or index as its exact bytes, which are what the digest is of. */
export interface Manifest {
  /** Names the bytes. */
  readonly descriptor: Descriptor;
  /** The bytes. */
  readonly raw: Uint8Array<ArrayBuffer>;
}

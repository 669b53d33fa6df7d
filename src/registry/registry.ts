// What krust asks of one registry. The HTTP client, the memory registry and every decorator of them
// speak this, and pass one contract test (`tests/contract/registry_contract.ts`).
import type { Digest } from "../core/digest.ts";
import type { Bytes, Cancel } from "../core/streams.ts";
import type { Blob, Descriptor, Manifest } from "../oci/descriptor.ts";

/** Reading: what a pull needs. */
export interface RegistryReader {
  /**
   * Opens a blob; the bytes are verified against the descriptor while they are read.
   *
   * @throws {KrustError} `registry-rejected` where it is not there, `digest-mismatch` through the stream.
   */
  getBlob(repository: string, descriptor: Descriptor, options?: Cancel): Promise<Bytes>;
  /** Whether a blob is there; a hint only: registries have been wrong about it both ways. */
  hasBlob(repository: string, digest: Digest, options?: Cancel): Promise<boolean>;
  /**
   * Reads a manifest or index, whole and verified.
   *
   * @param at a digest or a tag.
   * @throws {KrustError} `registry-rejected` where it is not there.
   */
  getManifest(repository: string, at: string, options?: Cancel): Promise<Manifest>;
  /** The descriptor of a manifest or index; undefined where it is not there or cannot be said. */
  headManifest(
    repository: string,
    at: string,
    options?: Cancel,
  ): Promise<Descriptor | undefined>;
}

/** How a blob came to be where it was wanted. */
export type BlobOutcome = "existing" | "mounted" | "uploaded";

/** Options of {@linkcode RegistryWriter.pushBlob}. */
export interface PushBlobOptions extends Cancel {
  /** Gets the size in bytes of each chunk as it is sent; a retry starts again with a negative amount. */
  readonly onSent?: (bytes: number) => void;
  /** Uploads even where the blob is said to be there: registries have been wrong about what they hold. */
  readonly force?: boolean;
}

/** Writing: what a push needs. */
export interface RegistryWriter {
  /**
   * Makes sure that the repository holds a blob: it is there, is mounted from `blob.origin` where that
   * is on this registry, or is uploaded. A blob that cannot be mounted goes up in the session that
   * the registry opened instead (distribution-spec, "Mounting a blob from another repository").
   */
  pushBlob(repository: string, blob: Blob, options?: PushBlobOptions): Promise<BlobOutcome>;
  /**
   * Puts a manifest or index whose blobs and children are there, under its digest or a tag.
   *
   * @param at `manifest.descriptor.digest`, or a tag.
   */
  pushManifest(
    repository: string,
    manifest: Manifest,
    at: string,
    options?: Cancel,
  ): Promise<void>;
}

/** One registry. */
export interface Registry extends RegistryReader, RegistryWriter {
  /** Host and port as references name it. */
  readonly host: string;
}

/** Gives the registry of a host; always the same one for the same host, so connections are shared. */
export type Registries = (host: string) => Registry;

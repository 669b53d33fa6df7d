// What a served registry keeps its content in: the seam between the HTTP server and memory or a disk.
import type { Digest } from "../core/digest.ts";
import type { Body, Bytes } from "../core/streams.ts";
import type { Descriptor, Manifest } from "../oci/descriptor.ts";

/** Content of a registry, by repository. */
export interface RegistryContents {
  /** A blob of a repository. */
  findBlob(repository: string, digest: Digest): Promise<Body | undefined>;
  /** Opens a place for a blob that is about to arrive. */
  stageBlob(upload: UploadName): Promise<StagedBlob>;
  /** The blob that was arriving when the server ended, where that outlives the server. */
  resumeBlob?(upload: UploadName): Promise<StagedBlob | undefined>;
  /** Makes a blob of one repository one of another too; false where `from` does not hold it. */
  mountBlob(from: string, repository: string, digest: Digest): Promise<boolean>;
  /** Takes a blob away; false where it was not there. */
  deleteBlob(repository: string, digest: Digest): Promise<boolean>;
  /**
   * A manifest or index of a repository.
   *
   * @param at a digest or a tag.
   */
  findManifest(repository: string, at: string): Promise<Manifest | undefined>;
  /**
   * Keeps a manifest or index, and moves the tag where `at` is one.
   *
   * @throws {RegistryError} `MANIFEST_BLOB_UNKNOWN` where content that it names is not there,
   * `MANIFEST_INVALID` where it is none, `DIGEST_INVALID` where it has another digest than `at`.
   */
  putManifest(
    repository: string,
    raw: Uint8Array<ArrayBuffer>,
    mediaType: string,
    at: string,
  ): Promise<StoredManifest>;
  /** Takes away a tag, or a manifest with its tags; false where there was none. */
  deleteManifest(repository: string, at: string): Promise<boolean>;
  /** The tags of a repository in order; undefined where there is no such repository. */
  listTags(repository: string): Promise<readonly string[] | undefined>;
  /** All repositories in order. */
  listRepositories(): Promise<readonly string[]>;
  /** The manifests of a repository whose subject is `digest`. */
  listReferrers(repository: string, digest: Digest): Promise<readonly Descriptor[]>;
}

/** What an upload is known by. */
export interface UploadName {
  /** Where the blob goes. */
  readonly repository: string;
  /** Names it in its address: letters, digits, `.`, `_`, `=` and `-`, at most 256. */
  readonly id: string;
}

/** What is told of a manifest that was kept. */
export interface StoredManifest {
  /** Its digest. */
  readonly digest: Digest;
  /** Digest of what it refers to, for an artifact. */
  readonly subject?: Digest;
}

/** A blob that is arriving. */
export interface StagedBlob {
  /** Bytes so far. */
  readonly size: number;
  /** Adds bytes at the end; those before a failure stay. */
  append(bytes: Bytes): Promise<void>;
  /**
   * Makes the blob one of a repository.
   *
   * @throws {RegistryError} `DIGEST_INVALID` where the bytes have another digest.
   */
  commit(repository: string, digest: Digest): Promise<void>;
  /** Forgets the bytes. */
  discard(): Promise<void>;
}

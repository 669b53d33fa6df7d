// A registry in memory: the reference that the HTTP client is measured against, and what tests serve.
// It refuses what a real registry refuses, in the same terms.
import { type Digest, isDigest, sha256 } from "../core/digest.ts";
import {
  type Body,
  bodyOf,
  type Bytes,
  bytesOf,
  type Cancel,
  concat,
  tap,
  verified,
} from "../core/streams.ts";
import type { Blob, Descriptor, Manifest } from "../oci/descriptor.ts";
import type { RegistryContents, StagedBlob, StoredManifest } from "./contents.ts";
import { refusal } from "./errors.ts";
import { describeReferrer, readManifest, requireContent } from "./manifest_rules.ts";
import type { BlobOutcome, PushBlobOptions, Registry } from "./registry.ts";

interface RepositoryContents {
  readonly blobs: Map<Digest, Uint8Array<ArrayBuffer>>;
  readonly manifests: Map<Digest, Manifest>;
  readonly tags: Map<string, Digest>;
}

/** A registry whose content is in memory. */
export class MemoryRegistry implements Registry, RegistryContents {
  /** Host and port as references name it. */
  readonly host: string;
  readonly #repositories = new Map<string, RepositoryContents>();

  /** An empty registry that goes by the name of `host`. */
  constructor(host = "memory.localhost") {
    this.host = host;
  }

  /** See {@linkcode Registry.getBlob}. */
  async getBlob(repository: string, descriptor: Descriptor, options: Cancel = {}): Promise<Bytes> {
    options.signal?.throwIfAborted();
    const { digest } = descriptor;
    const bytes = this.#repositories.get(repository)?.blobs.get(digest);
    if (bytes === undefined) throw blobUnknown(repository, digest);
    return verified(bytesOf(bytes), descriptor, `blob ${digest} from ${this.host}/${repository}`);
  }

  /** See {@linkcode Registry.hasBlob}. */
  async hasBlob(repository: string, digest: Digest, options: Cancel = {}): Promise<boolean> {
    options.signal?.throwIfAborted();
    return this.#repositories.get(repository)?.blobs.has(digest) === true;
  }

  /** See {@linkcode Registry.getManifest}. */
  async getManifest(repository: string, at: string, options: Cancel = {}): Promise<Manifest> {
    options.signal?.throwIfAborted();
    const manifest = await this.findManifest(repository, at);
    if (manifest !== undefined) return manifest;
    throw refusal(404, "MANIFEST_UNKNOWN", `${this.host}/${repository} has no manifest ${at}`);
  }

  /** See {@linkcode Registry.headManifest}. */
  async headManifest(
    repository: string,
    at: string,
    options: Cancel = {},
  ): Promise<Descriptor | undefined> {
    options.signal?.throwIfAborted();
    return (await this.findManifest(repository, at))?.descriptor;
  }

  /** See {@linkcode Registry.pushBlob}. */
  async pushBlob(
    repository: string,
    blob: Blob,
    options: PushBlobOptions = {},
  ): Promise<BlobOutcome> {
    const { descriptor: { digest, size }, origin } = blob;
    const force = options.force === true;
    if (!force && await this.hasBlob(repository, digest, options)) return "existing";
    const near = origin?.registry === this.host && origin.name !== repository;
    if (!force && near && await this.mountBlob(origin.name, repository, digest)) return "mounted";
    const staged = await this.stageBlob();
    const bytes = verified(await blob.open(options), { digest, size }, `blob ${digest}`);
    await staged.append(tap(bytes, (chunk) => options.onSent?.(chunk.length)));
    options.signal?.throwIfAborted();
    await staged.commit(repository, digest);
    return "uploaded";
  }

  /** See {@linkcode Registry.pushManifest}. */
  async pushManifest(
    repository: string,
    manifest: Manifest,
    at: string,
    options: Cancel = {},
  ): Promise<void> {
    options.signal?.throwIfAborted();
    await this.putManifest(repository, manifest.raw, manifest.descriptor.mediaType, at);
  }

  /** See {@linkcode RegistryContents.findBlob}. */
  async findBlob(repository: string, digest: Digest): Promise<Body | undefined> {
    const bytes = this.#repositories.get(repository)?.blobs.get(digest);
    return bytes === undefined ? undefined : bodyOf(bytes);
  }

  /** See {@linkcode RegistryContents.stageBlob}. */
  async stageBlob(): Promise<StagedBlob> {
    return new MemoryStagedBlob((repository, digest, bytes) => {
      this.#open(repository).blobs.set(digest, bytes);
    });
  }

  /** See {@linkcode RegistryContents.mountBlob}. */
  async mountBlob(from: string, repository: string, digest: Digest): Promise<boolean> {
    const bytes = this.#repositories.get(from)?.blobs.get(digest);
    if (bytes === undefined) return false;
    this.#open(repository).blobs.set(digest, bytes);
    return true;
  }

  /** See {@linkcode RegistryContents.deleteBlob}. */
  async deleteBlob(repository: string, digest: Digest): Promise<boolean> {
    return this.#repositories.get(repository)?.blobs.delete(digest) === true;
  }

  /** See {@linkcode RegistryContents.findManifest}. */
  async findManifest(repository: string, at: string): Promise<Manifest | undefined> {
    const contents = this.#repositories.get(repository);
    const digest = isDigest(at) ? at : contents?.tags.get(at);
    return digest === undefined ? undefined : contents?.manifests.get(digest);
  }

  /** See {@linkcode RegistryContents.putManifest}. */
  async putManifest(
    repository: string,
    raw: Uint8Array<ArrayBuffer>,
    mediaType: string,
    at: string,
  ): Promise<StoredManifest> {
    const manifest = readManifest(raw, mediaType, at);
    await requireContent(repository, manifest, {
      hasBlob: (digest) => this.hasBlob(repository, digest),
      hasManifest: async (digest) => await this.findManifest(repository, digest) !== undefined,
    });
    const { descriptor, subject } = manifest;
    const { digest } = descriptor;
    const contents = this.#open(repository);
    contents.manifests.set(digest, { raw: raw.slice(), descriptor });
    if (!isDigest(at)) contents.tags.set(at, digest);
    return { digest, ...(subject === undefined ? {} : { subject }) };
  }

  /** See {@linkcode RegistryContents.deleteManifest}. */
  async deleteManifest(repository: string, at: string): Promise<boolean> {
    const contents = this.#repositories.get(repository);
    if (contents === undefined) return false;
    if (!isDigest(at)) return contents.tags.delete(at);
    for (const [tag, digest] of contents.tags) {
      if (digest === at) contents.tags.delete(tag);
    }
    return contents.manifests.delete(at);
  }

  /** See {@linkcode RegistryContents.listTags}. */
  async listTags(repository: string): Promise<readonly string[] | undefined> {
    const contents = this.#repositories.get(repository);
    return contents === undefined ? undefined : [...contents.tags.keys()].sort();
  }

  /** See {@linkcode RegistryContents.listReferrers}. */
  async listReferrers(repository: string, digest: Digest): Promise<readonly Descriptor[]> {
    const manifests = this.#repositories.get(repository)?.manifests.values() ?? [];
    return [...manifests].flatMap((manifest) => describeReferrer(manifest, digest) ?? []);
  }

  /** See {@linkcode RegistryContents.listRepositories}. */
  async listRepositories(): Promise<readonly string[]> {
    return [...this.#repositories.keys()].sort();
  }

  #open(repository: string): RepositoryContents {
    const known = this.#repositories.get(repository);
    if (known !== undefined) return known;
    const contents: RepositoryContents = {
      blobs: new Map(),
      manifests: new Map(),
      tags: new Map(),
    };
    this.#repositories.set(repository, contents);
    return contents;
  }
}

/** A blob that arrives in memory. */
class MemoryStagedBlob implements StagedBlob {
  readonly #keep: (repository: string, digest: Digest, bytes: Uint8Array<ArrayBuffer>) => void;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #size = 0;

  constructor(
    keep: (repository: string, digest: Digest, bytes: Uint8Array<ArrayBuffer>) => void,
  ) {
    this.#keep = keep;
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Bytes): Promise<void> {
    for await (const chunk of bytes) {
      this.#chunks.push(chunk.slice());
      this.#size += chunk.length;
    }
  }

  async commit(repository: string, digest: Digest): Promise<void> {
    const bytes = concat(this.#chunks, this.#size);
    const found = sha256(bytes);
    await this.discard();
    if (found !== digest) {
      throw refusal(400, "DIGEST_INVALID", `the blob's digest is ${found}, not ${digest}`);
    }
    this.#keep(repository, digest, bytes);
  }

  async discard(): Promise<void> {
    this.#chunks = [];
    this.#size = 0;
  }
}

function blobUnknown(repository: string, digest: Digest): Error {
  return refusal(404, "BLOB_UNKNOWN", `${repository} does not hold ${digest}`);
}

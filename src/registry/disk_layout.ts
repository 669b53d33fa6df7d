// Where the content of a registry on disk is. Only checked digests, names and tags become a path:
// a component of a name cannot begin with `_` (distribution-spec's grammar), so ours do.
import { join } from "node:path";
import { type Digest, digestHex, isDigest, sha256 } from "../core/digest.ts";
import { isTag } from "../oci/reference.ts";
import { isRepositoryName } from "./endpoints.ts";
import { refusal } from "./errors.ts";

/** Paths below one folder. */
export class DiskLayout {
  readonly #root: string;

  /** The paths below `root`, an absolute path. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Holds what is arriving. */
  get arriving(): string {
    return join(this.#root, "arriving");
  }

  /** Holds the repositories. */
  get repositories(): string {
    return join(this.#root, "repositories");
  }

  /** The bytes of a blob or manifest, whichever repositories it is in. */
  content(digest: Digest): string {
    const hex = hexOf(digest);
    return join(this.#root, "blobs", "sha256", hex.slice(0, 2), hex);
  }

  /** Says that a blob is in a repository. */
  blob(repository: string, digest: Digest): string {
    return join(this.#repository(repository), "_blobs", hexOf(digest));
  }

  /** Says that a manifest is in a repository, and what it is. */
  manifest(repository: string, digest: Digest): string {
    return join(this.#repository(repository), "_manifests", hexOf(digest));
  }

  /** The manifests that refer to another, by name. */
  referrers(repository: string, subject: Digest): string {
    return join(this.#repository(repository), "_referrers", hexOf(subject));
  }

  /** The tags of a repository, by name. */
  tags(repository: string): string {
    return join(this.#repository(repository), "_tags");
  }

  /** Says what a tag is of. */
  tag(repository: string, tag: string): string {
    if (!isTag(tag)) throw refusal(400, "MANIFEST_INVALID", "not a tag");
    return join(this.tags(repository), tag);
  }

  /** What has arrived of an upload; the name holds its repository, so that no other finds it. */
  upload(repository: string, id: string): string {
    if (!/^[A-Za-z0-9._=-]{1,128}$/.test(id)) {
      throw refusal(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload");
    }
    const bound = digestHex(sha256(new TextEncoder().encode(repository)));
    return join(this.arriving, `${id}.${bound}`);
  }

  #repository(name: string): string {
    if (!isRepositoryName(name)) throw refusal(400, "NAME_INVALID", "not a repository's name");
    return join(this.repositories, ...name.split("/"));
  }
}

function hexOf(digest: Digest): string {
  // A digest is a string to the compiler; this is the last door before the disk.
  if (!isDigest(digest)) throw refusal(400, "DIGEST_INVALID", "not a sha256 digest");
  return digestHex(digest);
}

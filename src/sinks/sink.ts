// Where a finished image goes.
import type { Cancel } from "../core/streams.ts";
import type { Node } from "../image/image.ts";
import type { Repository } from "../oci/reference.ts";
import type { Reporter } from "../report/reporter.ts";

/** What the image is to be called there. */
export interface Target {
  /** The repository, where one was given. */
  readonly repository?: Repository;
  /** The package's name as a repository component, for places that have no registry. */
  readonly name: string;
  /** Tags, at least one. */
  readonly tags: readonly string[];
}

/** Options of {@linkcode Sink.write}. */
export interface WriteOptions extends Cancel {
  /** Told what goes on. */
  readonly report: Reporter;
}

/** A place that takes images. */
export interface Sink {
  /**
   * Writes an image or index whole, or leaves the place as it was: blobs first, then manifests by
   * digest, then the index, then the tags.
   *
   * @returns the references by which it can now be used, the one to print first; none for a place
   * that has no references.
   * @throws {KrustError} `sink-failed`, `engine-failed`, and what the registry client throws.
   */
  write(root: Node, target: Target, options: WriteOptions): Promise<readonly string[]>;
}

// The references of an image that is where it belongs: which are printed, and which a file lists.
import type { Digest } from "../core/digest.ts";
import { imagesOf, type Node } from "../image/image.ts";
import { formatReference } from "../oci/reference.ts";
import { localRepository } from "../sinks/local_repository.ts";
import type { Places } from "./places.ts";

type Where = Pick<Places, "target" | "toEngine" | "pushed">;

/** The references by tag, as `--tag-only` prints them; none where none is known by digest. */
export function byTag(
  references: readonly string[],
  { target, toEngine }: Where,
): readonly string[] {
  if (references.length === 0) return [];
  const repository = toEngine || target.repository === undefined
    ? localRepository(target.name)
    : target.repository;
  return target.tags.map((tag) => formatReference({ ...repository, tag }));
}

/**
 * All that was published, by digest: the index first, then each platform's manifest. The engine has one
 * image and no manifests, so there the references are all that there is.
 */
export function published(
  root: Node,
  references: readonly string[],
  { target: { repository }, pushed }: Where,
): readonly string[] {
  if (!pushed || repository === undefined) return references;
  const digests: readonly Digest[] = [root, ...imagesOf(root)].map((node) =>
    node.descriptor.digest
  );
  return [...new Set(digests)].map((digest) => formatReference({ ...repository, digest }));
}

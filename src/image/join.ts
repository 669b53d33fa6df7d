// Images of one program for several platforms under one index. All that the index says is derived from
// the images, so that it does not matter whether one run made them all or each machine its own.
import { KrustError } from "../core/error.ts";
import { BASE_DIGEST, BASE_INDEX } from "../oci/base_annotations.ts";
import type { Annotations } from "../oci/descriptor.ts";
import { formatPlatform, SUPPORTED_PLATFORMS } from "../oci/platform.ts";
import { type Image, imagePlatform, makeIndex, type Node } from "./image.ts";

/**
 * The node that stands for all the images: one image for itself, several under an index. Its order is
 * that of {@linkcode SUPPORTED_PLATFORMS}, whatever the order given; its annotations are those that all
 * images have alike, the base's digest being that of the base's index.
 *
 * @param annotations annotations of the index that win over those.
 * @throws {KrustError} `images-mismatch` for two different images of one platform, and for no image.
 */
export function joinImages(images: readonly Image[], annotations: Annotations = {}): Node {
  const byPlatform = new Map<string, Image>();
  for (const image of images) {
    const platform = formatPlatform(imagePlatform(image));
    const known = byPlatform.get(platform);
    if (known !== undefined && known.descriptor.digest !== image.descriptor.digest) {
      throw new KrustError("images-mismatch", `two different images are for ${platform}`, {
        cause: `${known.descriptor.digest} and ${image.descriptor.digest}`,
        help: ["give one image for each platform"],
      });
    }
    byPlatform.set(platform, image);
  }
  const ordered = [...byPlatform].toSorted(([left], [right]) => comparePlatforms(left, right))
    .map(([, image]) => image);
  const [only, ...others] = ordered;
  if (only === undefined) throw new KrustError("images-mismatch", "there is no image to join");
  if (others.length === 0) return only;
  return makeIndex(ordered, { ...sharedAnnotations(ordered), ...annotations });
}

/** Those that krust builds for in the order of their list, then all others by name. */
function comparePlatforms(left: string, right: string): number {
  return rank(left) - rank(right) || (left < right ? -1 : 1);
}

function rank(platform: string): number {
  const index = SUPPORTED_PLATFORMS.indexOf(platform);
  return index === -1 ? SUPPORTED_PLATFORMS.length : index;
}

/** What all images say alike, as an index says it. */
function sharedAnnotations(images: readonly Image[]): Annotations {
  const shared = Object.entries(images[0]?.annotations ?? {})
    .filter(([key, value]) => images.every(({ annotations }) => annotations[key] === value));
  const { [BASE_INDEX]: baseIndex, ...others } = Object.fromEntries(shared);
  return baseIndex === undefined ? others : { ...others, [BASE_DIGEST]: baseIndex };
}

// The annotations that say what an image stands on (image-spec annotations.md).

/** The base's name, as a reference that can be resolved again. */
export const BASE_NAME = "org.opencontainers.image.base.name";

/** On an image the digest of the base's manifest for its platform, on an index that of the base's index. */
export const BASE_DIGEST = "org.opencontainers.image.base.digest";

/**
 * On an image the digest of the index that the base's manifest was taken from. The image-spec has no
 * word for it; without it the annotations of an index over images that were built apart could not be
 * told from the images alone.
 */
export const BASE_INDEX = "dev.krust.base.index";

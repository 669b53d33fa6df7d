// Where a base image comes from: a registry, nowhere (`scratch`), or krust itself (`builtin`).
import type { Digest } from "../core/digest.ts";
import type { Cancel } from "../core/streams.ts";
import type { Image } from "../image/image.ts";
import type { Platform } from "../oci/platform.ts";

/** A base image whose name has been resolved, once, so that all platforms come from one index. */
export interface Base {
  /** Its name as a reference, for `org.opencontainers.image.base.name`; absent where it has none. */
  readonly name?: string;
  /** Digest that the name resolved to: of the index, or of the manifest where there is no index. */
  readonly digest?: Digest;
  /** What it runs on; absent where it runs on anything. */
  readonly platforms?: readonly Platform[];
  /**
   * The image for a platform; its `descriptor` is the base's own manifest for it.
   *
   * @throws {KrustError} `base-platform-missing`, listing what there is.
   */
  image(platform: Platform, options?: Cancel): Promise<Image>;
}

/** Opens a base image. */
export interface Source {
  /**
   * Resolves the base's name.
   *
   * @throws {KrustError} `base-not-found`, and what the registry client throws.
   */
  open(options?: Cancel): Promise<Base>;
}

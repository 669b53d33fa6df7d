// What images are called in places that have no registry.
import type { Repository } from "../oci/reference.ts";

/** The registry's part of a name that no registry answers to (spec.md, "build", rule 11). */
export const LOCAL_REGISTRY = "krust.local";

/** The repository of a package's images in a container engine. */
export function localRepository(name: string): Repository {
  return { registry: LOCAL_REGISTRY, name };
}

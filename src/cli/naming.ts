// What the image is to be called: from --image, or from --repo and the package's name.
import { KrustError } from "../core/error.ts";
import {
  isRegistryHost,
  isTag,
  nearestName,
  parseReference,
  type Repository,
} from "../oci/reference.ts";
import type { Target } from "../sinks/sink.ts";

/** Where names come from. */
export interface NamingRequest {
  /** `--image`. */
  readonly image?: string;
  /** `--repo`. */
  readonly repo?: string;
  /** `default_registry` of the configuration. */
  readonly defaultRegistry?: string;
  /** `--tag`; empty where none was given. */
  readonly tags: readonly string[];
  /** The package's name. */
  readonly packageName: string;
  /** Whether a repository must be known. */
  readonly needsRepository: boolean;
}

const DEFAULT_TAG = "latest";

/**
 * Settles an image's name (spec rule 9).
 *
 * @throws {KrustError} `usage` where no name was given and one is needed; `reference-invalid`.
 */
export function nameImage(request: NamingRequest): Target {
  const { image, packageName } = request;
  for (const tag of request.tags) checkTag(tag);
  const name = packageName.toLowerCase();
  if (image !== undefined) {
    const { registry, name, tag, digest } = parseReference(image, registryOf(request));
    if (digest !== undefined) {
      throw new KrustError("usage", `cannot push to a digest: "${image}"`, {
        help: ["give a repository and a tag; the digest is what the build prints"],
      });
    }
    const tags = [...(tag === undefined ? [] : [tag]), ...request.tags];
    return {
      repository: { registry, name },
      name: name.slice(name.lastIndexOf("/") + 1),
      tags: tags.length === 0 ? [DEFAULT_TAG] : [...new Set(tags)],
    };
  }
  const tags = request.tags.length === 0 ? [DEFAULT_TAG] : [...new Set(request.tags)];
  const repository = repositoryOf(request, name);
  if (repository !== undefined) return { repository, name, tags };
  if (request.needsRepository) {
    throw new KrustError("usage", "Either --image or KRUST_REPO must be set", {
      help: [
        "export KRUST_REPO=registry.example.com/team",
        "or build without a registry: --no-push, --local, --oci-layout DIR, --tarball FILE",
      ],
    });
  }
  // Where the package's name is no repository's name, its nearest good form serves a local name.
  return { name: nearestName(name) || "app", tags };
}

function repositoryOf(request: NamingRequest, name: string): Repository | undefined {
  const { repo } = request;
  if (repo === undefined) return undefined;
  const prefix = repo.replace(/\/+$/, "");
  const hostOnly = !prefix.includes("/") && isRegistryHost(prefix);
  const registries = registryOf(request);
  const { registry, name: path, tag, digest } = parseReference(`${prefix}/${name}`, registries);
  if (tag !== undefined || digest !== undefined || (!hostOnly && prefix.includes("@"))) {
    throw new KrustError(
      "reference-invalid",
      `a repository prefix has no tag or digest: "${repo}"`,
    );
  }
  return { registry, name: path };
}

function registryOf({ defaultRegistry }: NamingRequest): { readonly registry?: string } {
  return defaultRegistry === undefined ? {} : { registry: defaultRegistry };
}

function checkTag(tag: string): void {
  if (isTag(tag)) return;
  throw new KrustError("reference-invalid", `not a tag: "${tag.slice(0, 200)}"`, {
    help: [
      "a tag is 1 to 128 letters, digits, dots, hyphens and underscores, and starts with none of . and -",
    ],
  });
}

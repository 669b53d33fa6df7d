// What the image is to be called: from --image, or from --repo and the package's name (spec rule 9).
import type { Sourced } from "../config/layer.ts";
import type { Settings } from "../config/resolve_settings.ts";
import { SETTINGS } from "../config/settings.ts";
import { KrustError } from "../core/error.ts";
import { isRegistryHost, nearestName, parseReference, type Repository } from "../oci/reference.ts";
import type { Target } from "../sinks/sink.ts";
import { blaming } from "./blaming.ts";

/** The settings that names come from. */
export type NamingSettings = Pick<Settings, "image" | "repo" | "tag" | "defaultRegistry">;

/** Layers of settings, the highest first. */
const LAYERS = ["flag", "env", "package", "workspace", "file", "default"] as const;

/**
 * Settles an image's name; without repository where none is configured.
 *
 * @throws {KrustError} `usage`, `reference-invalid`.
 */
export function nameImage(settings: NamingSettings, packageName: string): Target {
  const { image: { value: image }, repo: { value: repo } } = settings;
  const tags = tagsOf(settings.tag);
  const name = packageName.toLowerCase();
  if (image !== undefined && !repoIsCloser(settings)) {
    return blaming(settings.image.origin, () => imageTarget(image, settings));
  }
  if (repo !== undefined) {
    checkPackageName(packageName, name);
    const repository = blaming(settings.repo.origin, () => repositoryBelow(repo, name, settings));
    return { repository, name, tags };
  }
  // Where the package's name is no repository's name, its nearest good form serves on this machine.
  return { name: nearestName(name) || "app", tags };
}

/**
 * Whether a prefix of the command line or the environment meets an image that a file names: who runs
 * krust decides where it pushes, not who wrote the project (reliability.md S6).
 */
function repoIsCloser({ image, repo }: NamingSettings): boolean {
  const named = image.origin.kind === "flag" || image.origin.kind === "env";
  return repo.value !== undefined && !named && rank(repo) < rank(image);
}

/** How far away a value was set: 0 on the command line. */
function rank({ origin }: Sourced<unknown>): number {
  return LAYERS.indexOf(origin.kind);
}

function imageTarget(written: string, settings: NamingSettings): Target {
  const { image, tag } = settings;
  const { registry, name, tag: own, digest } = parseReference(written, defaults(settings));
  if (digest !== undefined) {
    throw new KrustError("reference-invalid", `nothing can be pushed to a digest: "${written}"`, {
      help: ["give a repository and a tag; the digest is what the build prints"],
    });
  }
  return {
    repository: { registry, name },
    name: name.slice(name.lastIndexOf("/") + 1),
    tags: own === undefined ? tagsOf(tag) : [...new Set([own, ...tagsBeside(image, tag)])],
  };
}

/** The tags asked for; a list that a file leaves empty asks for none, and an image has one at least. */
function tagsOf({ value }: Sourced<readonly string[]>): readonly string[] {
  return value.length === 0 ? SETTINGS.tag.default : value;
}

/**
 * The tags that join the one which the image names itself: those of its own layer or a higher one.
 * `--image team/app:test` must not move the `latest` that a project's Cargo.toml asks for.
 */
function tagsBeside(
  image: Sourced<unknown>,
  tag: Sourced<readonly string[]>,
): readonly string[] {
  return rank(tag) <= rank(image) ? tag.value : [];
}

/** A package may have a name that no repository can have; the prefix is not to be blamed for it. */
function checkPackageName(packageName: string, name: string): void {
  const nearest = nearestName(name);
  if (nearest === name) return;
  throw new KrustError(
    "reference-invalid",
    `the package name "${packageName}" is no name for a repository`,
    { help: [`give the image a name of its own: --image .../${nearest === "" ? "app" : nearest}`] },
  );
}

/** The repository of a package below a prefix: `ghcr.io`, `ghcr.io/team`, `team`. */
function repositoryBelow(written: string, name: string, settings: NamingSettings): Repository {
  const prefix = written.trim().replace(/\/+$/, "");
  if (!isRegistryHost(prefix) || prefix.includes("/")) {
    const { tag, digest } = parseReference(prefix, defaults(settings));
    if (tag !== undefined || digest !== undefined) {
      const without = prefix.replace(/(:[^:/]*)?(@.*)?$/, "");
      throw new KrustError(
        "reference-invalid",
        `a repository prefix has neither tag nor digest: "${prefix}"`,
        { help: [`write ${without}; tags are given with --tag`] },
      );
    }
  }
  const { registry, name: path } = parseReference(`${prefix}/${name}`, defaults(settings));
  return { registry, name: path };
}

function defaults({ defaultRegistry }: NamingSettings): { readonly registry?: string } {
  return defaultRegistry.value === undefined ? {} : { registry: defaultRegistry.value };
}

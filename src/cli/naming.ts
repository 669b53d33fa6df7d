// What the image is to be called: from --image, or from --repo and the package's name (spec rule 9).
import { layerRank, type Sourced } from "../config/layer.ts";
import { expandName } from "../config/name_template.ts";
import type { Settings } from "../config/resolve_settings.ts";
import { SETTINGS } from "../config/settings.ts";
import { KrustError } from "../core/error.ts";
import { isRegistryHost, nearestName, parseReference, type Repository } from "../oci/reference.ts";
import type { Target } from "../sinks/sink.ts";
import { blaming } from "./blaming.ts";

/** The settings that names come from. */
export type NamingSettings = Pick<
  Settings,
  "image" | "repo" | "tag" | "tagOnly" | "bare" | "nameTemplate" | "defaultRegistry"
>;

/** What an image is called after. */
export interface Named {
  /** The package's name. */
  readonly package: string;
  /** The name of the program that is the entrypoint; the package's if not given. */
  readonly bin?: string;
  /** The package's version, where it has one. */
  readonly version?: string;
}

/**
 * Settles an image's name; without repository where none is configured.
 *
 * @throws {KrustError} `usage`, `reference-invalid`.
 */
export function nameImage(settings: NamingSettings, named: Named): Target {
  const target = chooseTarget(settings, named);
  if (settings.tagOnly.value) checkSoleTag(target.tags);
  return target;
}

function chooseTarget(settings: NamingSettings, named: Named): Target {
  const { image: { value: image }, repo: { value: repo } } = settings;
  const tags = tagsOf(settings.tag);
  if (image !== undefined && !repoIsCloser(settings)) {
    return blaming(settings.image.origin, () => imageTarget(image, settings));
  }
  if (repo !== undefined && settings.bare.value) {
    const repository = blaming(settings.repo.origin, () => repositoryItself(repo, settings));
    return { repository, name: repository.name.slice(repository.name.lastIndexOf("/") + 1), tags };
  }
  const written = nameOf(settings, named);
  const name = written.toLowerCase();
  if (repo !== undefined) {
    checkName(settings, written, name);
    const repository = blaming(settings.repo.origin, () => repositoryBelow(repo, name, settings));
    return { repository, name, tags };
  }
  // Where the package's name is no repository's name, its nearest good form serves on this machine.
  return { name: nearestName(name) || "app", tags };
}

/** The name below the repository: the package's, or what the template makes of it. */
function nameOf({ nameTemplate: { value, origin } }: NamingSettings, named: Named): string {
  if (value === undefined) return named.package;
  const { package: name, bin = name, version } = named;
  if (version === undefined && value.includes("{version}")) {
    throw new KrustError("usage", `${origin.label}: there is no {version} without a package`);
  }
  return expandName(value, { package: name, bin, version: version ?? "" });
}

/** `--tag-only` prints the one tag, which must name this image and no later one. */
function checkSoleTag(tags: readonly string[]): void {
  if (tags.length === 1 && tags[0] !== "latest") return;
  throw new KrustError(
    "usage",
    `--tag-only wants exactly one --tag, other than latest; given: ${tags.join(", ")}`,
    { help: ["name the image's version: --tag-only --tag v1.2.3"] },
  );
}

/**
 * Whether a prefix of the command line or the environment meets an image that a file names: who runs
 * krust decides where it pushes, not who wrote the project (reliability.md S6).
 */
function repoIsCloser({ image, repo }: NamingSettings): boolean {
  const named = image.origin.kind === "flag" || image.origin.kind === "env";
  return repo.value !== undefined && !named && layerRank(repo.origin) < layerRank(image.origin);
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
  return layerRank(tag.origin) <= layerRank(image.origin) ? tag.value : [];
}

/** A package may have a name that no repository can have; the prefix is not to be blamed for it. */
function checkName({ nameTemplate }: NamingSettings, written: string, name: string): void {
  const nearest = nearestName(name);
  if (nearest === name) return;
  const what = nameTemplate.value === undefined
    ? `the package name "${written}"`
    : `${nameTemplate.origin.label}: "${written}"`;
  throw new KrustError("reference-invalid", `${what} is no name for a repository`, {
    help: [`give the image a name of its own: --image .../${nearest === "" ? "app" : nearest}`],
  });
}

/** The repository that `--bare` pushes to. */
function repositoryItself(written: string, settings: NamingSettings): Repository {
  const prefix = checkPrefix(written, settings);
  if (isRegistryHost(prefix) && !prefix.includes("/")) {
    throw new KrustError(
      "reference-invalid",
      `--bare wants a repository: "${prefix}" is a registry`,
      {
        help: [`write ${prefix}/NAME`],
      },
    );
  }
  const { registry, name } = parseReference(prefix, defaults(settings));
  return { registry, name };
}

/** The repository of a package below a prefix: `ghcr.io`, `ghcr.io/team`, `team`. */
function repositoryBelow(written: string, name: string, settings: NamingSettings): Repository {
  const prefix = checkPrefix(written, settings);
  const { registry, name: path } = parseReference(`${prefix}/${name}`, defaults(settings));
  return { registry, name: path };
}

/** A repository prefix without what means nothing at its ends. */
function checkPrefix(written: string, settings: NamingSettings): string {
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
  return prefix;
}

function defaults({ defaultRegistry }: NamingSettings): { readonly registry?: string } {
  return defaultRegistry.value === undefined ? {} : { registry: defaultRegistry.value };
}

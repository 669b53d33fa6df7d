// References: `registry/repository[:tag][@digest]` (distribution-spec, "Pulling manifests"; the
// short forms are docker's).
import { type Digest, isDigest } from "../core/digest.ts";
import { KrustError } from "../core/error.ts";

/** A repository on a registry. */
export interface Repository {
  /** Host with port if any, as users write it: `ghcr.io`, `127.0.0.1:5000`, `[::1]:5000`, `docker.io`. */
  readonly registry: string;
  /** Path of the repository: `library/alpine`. */
  readonly name: string;
}

/** A repository with a tag, a digest, both or neither. */
export interface Reference extends Repository {
  /** A name that can be moved. */
  readonly tag?: string;
  /** A name that cannot; it wins over the tag. */
  readonly digest?: Digest;
}

/** The registry of names without a host, as docker has it. */
export const DEFAULT_REGISTRY = "docker.io";

const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const HOST =
  /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*)(?::([0-9]+))?$/;
const NAME_LIMIT = 255;

/** Whether `text` can be a tag. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/**
 * Whether the first component of a name is a registry: it has a dot or a colon, or is `localhost`
 * (docker's rule).
 */
export function isRegistryHost(component: string): boolean {
  return component === "localhost" || /[.:]/.test(component) || component.startsWith("[");
}

/** How {@linkcode parseReference} fills what is left out. */
export interface ReferenceDefaults {
  /** The registry of a name without a host; docker's where it is not given. */
  readonly registry?: string;
}

/**
 * Reads a reference.
 *
 * @throws {KrustError} `reference-invalid`, with the position of what is wrong and a name that would do;
 * user information is refused without being repeated.
 */
export function parseReference(text: string, defaults: ReferenceDefaults = {}): Reference {
  const fault = (position: number, reason: string, help: readonly string[] = []): KrustError =>
    new KrustError(
      "reference-invalid",
      `not an image reference: "${text.slice(0, 300)}": at ${position + 1}: ${reason}`,
      { help },
    );
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text);
  const bare = scheme === null ? text : text.slice(scheme[0].length);
  if (/^[^/@]*:[^/@]*@(?!sha256:|sha512:)|^[^/@]+@(?!sha256:|sha512:)[^/]*\//.test(bare)) {
    throw new KrustError("reference-invalid", "an image reference must not hold user information", {
      help: ["give the reference alone; credentials go into docker's config.json (docker login)"],
    });
  }
  if (scheme !== null) {
    throw fault(0, "a reference has no scheme", [`write ${printableHint(bare)}`]);
  }
  if (text === "") throw fault(0, "it is empty");

  const at = text.indexOf("@");
  const digest = at === -1 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) {
    throw fault(at + 1, "a digest is sha256: and 64 lower-case hex digits");
  }
  const named = at === -1 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(":");
  const tagged = colon > named.lastIndexOf("/") &&
    !(colon !== -1 && /^\[[^\]]*$/.test(named.slice(0, colon)));
  const tag = tagged ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) {
    throw fault(
      colon + 1,
      "a tag is 1 to 128 letters, digits, dots, hyphens and underscores, and starts with none of . and -",
    );
  }
  const path = tagged ? named.slice(0, colon) : named;

  const slash = path.indexOf("/");
  const first = slash === -1 ? "" : path.slice(0, slash);
  const hosted = isRegistryHost(first);
  const host = hosted ? first : defaults.registry ?? DEFAULT_REGISTRY;
  const port = HOST.exec(host);
  if (port === null) throw fault(0, `"${host.slice(0, 100)}" is not a registry's host`);
  if (port[1] !== undefined && (Number(port[1]) > 65535 || Number(port[1]) === 0)) {
    throw fault(host.lastIndexOf(":") + 1, "a port is a number from 1 to 65535");
  }
  const offset = hosted ? slash + 1 : 0;
  const name = path.slice(offset);
  checkName(name, (position, reason) => {
    const nearest = nearestName(name);
    const rest = `${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
    return fault(
      offset + position,
      reason,
      nearest === "" ? [] : [`write ${hosted ? `${host}/` : ""}${nearest}${rest}`],
    );
  });
  const registry = canonicalRegistry(host);
  const official = registry === DEFAULT_REGISTRY && !name.includes("/");
  return {
    registry,
    name: official ? `library/${name}` : name,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function printableHint(bare: string): string {
  return bare.length > 200 ? `${bare.slice(0, 200)}…` : bare;
}

/** Docker Hub's several names are one registry. */
function canonicalRegistry(host: string): string {
  const lower = host.toLowerCase();
  return lower === "index.docker.io" || lower === "registry-1.docker.io" ? DEFAULT_REGISTRY : lower;
}

/** Calls `fault` with the position and reason of the first thing wrong with a repository's name. */
function checkName(name: string, fault: (position: number, reason: string) => KrustError): void {
  if (name === "") throw fault(0, "the repository's name is empty");
  if (name.length > NAME_LIMIT) {
    throw fault(NAME_LIMIT, `the repository's name is longer than ${NAME_LIMIT} characters`);
  }
  let position = 0;
  for (const component of name.split("/")) {
    if (component === "") throw fault(position, "a component of the name is empty");
    if (!COMPONENT.test(component)) {
      const bad = /[^a-z0-9._-]/u.exec(component);
      throw bad === null
        ? fault(
          position,
          `"${component}" must start and end with a letter or digit, with one separator (. _ __ -) at a time`,
        )
        : fault(
          position + bad.index,
          /[A-Z]/.test(bad[0])
            ? "a repository's name is lower-case"
            : "a repository's name has lower-case letters, digits and . _ - alone",
        );
    }
    position += component.length + 1;
  }
}

/** The good name nearest to a bad one; empty where nothing of it can stay. */
export function nearestName(name: string): string {
  return name
    .toLowerCase()
    .split("/")
    .map((component) =>
      component
        .replace(/[^a-z0-9._-]+/g, "-")
        .replace(/\.{2,}/g, ".")
        .replace(/[._-]*([._-])(?=[._-]*[a-z0-9])/g, "$1")
        .replace(/^[._-]+|[._-]+$/g, "")
    )
    .filter((component) => component !== "")
    .join("/")
    .slice(0, NAME_LIMIT);
}

/** A repository as `registry/name`. */
export function formatRepository(repository: Repository): string {
  return `${repository.registry}/${repository.name}`;
}

/** A reference in full; the tag is left out where a digest says more. */
export function formatReference(reference: Reference): string {
  const repository = formatRepository(reference);
  if (reference.digest !== undefined) return `${repository}@${reference.digest}`;
  return reference.tag === undefined ? repository : `${repository}:${reference.tag}`;
}

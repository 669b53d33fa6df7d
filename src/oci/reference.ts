// References: `registry/repository[:tag][@digest]` (distribution-spec, "Pulling manifests"; the
// short forms are docker's).
import { type Digest, isDigest } from "../core/digest.ts";
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";

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

/** How long a reference can be: the longest host, name, tag and digest are less together. */
const REFERENCE_LIMIT = 1_000;

type Fault = (position: number, reason: string, help?: readonly string[]) => KrustError;

/**
 * Reads a reference.
 *
 * @throws {KrustError} `reference-invalid`, with the position of what is wrong and a name that would do;
 * user information is refused without being repeated.
 */
export function parseReference(text: string, defaults: ReferenceDefaults = {}): Reference {
  refuseSecrets(text);
  const fault: Fault = (position, reason, help = []) =>
    new KrustError(
      "reference-invalid",
      `not an image reference: "${printable(text, 300)}": at ${position + 1}: ${reason}`,
      { help },
    );
  const scheme = SCHEME.exec(text)?.[0];
  if (scheme !== undefined) {
    throw fault(0, "a reference has no scheme", [`write ${printable(text.slice(scheme.length))}`]);
  }
  if (text === "") throw fault(0, "it is empty");
  const { path, tag, digest } = splitReference(text, fault);
  const slash = path.indexOf("/");
  const hosted = slash !== -1 && isRegistryHost(path.slice(0, slash));
  const host = hosted ? path.slice(0, slash) : defaults.registry ?? DEFAULT_REGISTRY;
  checkHost(host, fault);
  const offset = hosted ? slash + 1 : 0;
  const name = path.slice(offset);
  checkName(name, (position, reason) => {
    const nearest = nearestName(name);
    // Without its leading slash, say, a name may begin with what would be read as a host.
    const said = hosted || /^[^/]*[.][^/]*\//.test(nearest) ? `${host}/` : "";
    const good = `${said}${nearest}${text.slice(path.length)}`;
    return fault(offset + position, reason, nearest === "" ? [] : [`write ${good}`]);
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

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Refuses text that may hold a password, and text without end; neither is repeated. */
function refuseSecrets(text: string): void {
  if (text.length > REFERENCE_LIMIT) {
    throw new KrustError(
      "reference-invalid",
      `an image reference must not be longer than ${REFERENCE_LIMIT} characters`,
    );
  }
  // What follows `@` is a digest, however bad, or what precedes it may be a user and a password.
  const afters = text.replace(SCHEME, "").split("@").slice(1);
  if (afters.every((after) => /^(?:sha[0-9]*|md5|blake3)(?![^:])/i.test(after))) return;
  const help = [
    "give the reference alone; credentials go into docker's config.json (docker login)",
  ];
  if (afters.length > 1 || afters[0]?.includes("/") === true) {
    throw new KrustError("reference-invalid", "an image reference must not hold user information", {
      help,
    });
  }
  throw new KrustError(
    "reference-invalid",
    `not an image reference: at ${text.indexOf("@") + 2}: a digest is ${DIGEST_FORM}`,
    { help },
  );
}

const DIGEST_FORM = "sha256: and 64 lower-case hex digits";

/** The parts of a reference, each but the path checked. */
function splitReference(text: string, fault: Fault): {
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
} {
  const at = text.indexOf("@");
  const digest = at === -1 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) {
    throw fault(at + 1, `a digest is ${DIGEST_FORM}`);
  }
  const named = at === -1 ? text : text.slice(0, at);
  // The colon of a tag comes after the last slash; those in an IPv6 address are in its brackets.
  const colon = named.lastIndexOf(":");
  const tagged = colon > named.lastIndexOf("/") && colon > named.lastIndexOf("]");
  const tag = tagged ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) {
    throw fault(
      colon + 1,
      "a tag is 1 to 128 letters, digits, dots, hyphens and underscores, and starts with none of . and -",
    );
  }
  return { path: tagged ? named.slice(0, colon) : named, tag, digest };
}

function checkHost(host: string, fault: Fault): void {
  const match = HOST.exec(host);
  const port = match?.[1] === undefined ? undefined : Number(match[1]);
  if (port !== undefined && (port < 1 || port > 65_535)) {
    throw fault(host.lastIndexOf(":") + 1, "a port is a number from 1 to 65535");
  }
  // `1.2.3.4.5` and `[:::]` have the form of a host, but no address can be made of them.
  if (match === null || !URL.canParse(`http://${host}/`)) {
    throw fault(0, `"${printable(host, 100)}" is not a registry's host`);
  }
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
    .slice(0, REFERENCE_LIMIT)
    .toLowerCase()
    .split("/")
    .map((component) => COMPONENT.test(component) ? component : nearestComponent(component))
    .filter((component) => component !== "")
    .join("/")
    .slice(0, NAME_LIMIT)
    .replace(/[^a-z0-9]+$/, "");
}

function nearestComponent(component: string): string {
  return component
    .replace(/[^a-z0-9._-]+/g, "-")
    // One separator at a time: the last of a row, which is the likeliest to be meant.
    .replace(/[._-]+/g, (row) => row.slice(-1))
    .replace(/^[._-]|[._-]$/g, "");
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

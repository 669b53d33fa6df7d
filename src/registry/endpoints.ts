// The address grammar of distribution-spec 1.1 ("Endpoints"), once: the client writes it, the server
// reads it. Names, tags and digests are checked here, so that nothing else ever reaches a path.
import { type Digest, isDigest } from "../core/digest.ts";
import { isTag } from "../oci/reference.ts";
import { printable } from "../core/printable.ts";
import { refusal } from "./errors.ts";

/** One thing that a registry can be asked. */
export type Endpoint =
  | { readonly kind: "ping" }
  /** Distribution's own, beside the spec; `last` is the repository after which to begin. */
  | { readonly kind: "list-repositories"; readonly limit?: number; readonly last?: string }
  | {
    readonly kind: "get-blob" | "head-blob" | "delete-blob";
    readonly repository: string;
    readonly digest: Digest;
  }
  /** Opens an upload; with a digest, the request holds the whole blob. */
  | { readonly kind: "start-upload"; readonly repository: string; readonly digest?: Digest }
  | {
    readonly kind: "mount-blob";
    readonly repository: string;
    readonly digest: Digest;
    readonly from: string;
  }
  | {
    readonly kind: "get-upload" | "append-upload" | "cancel-upload";
    readonly repository: string;
    readonly id: string;
  }
  | {
    readonly kind: "finish-upload";
    readonly repository: string;
    readonly id: string;
    readonly digest: Digest;
  }
  | {
    readonly kind: "get-manifest" | "head-manifest" | "put-manifest" | "delete-manifest";
    readonly repository: string;
    /** A digest or a tag. */
    readonly at: string;
  }
  | {
    readonly kind: "list-tags";
    readonly repository: string;
    /** How many at most. */
    readonly limit?: number;
    /** The tag after which to begin. */
    readonly last?: string;
  }
  | {
    readonly kind: "list-referrers";
    readonly repository: string;
    readonly digest: Digest;
    readonly artifactType?: string;
  };

/** The name of an endpoint. */
export type EndpointKind = Endpoint["kind"];

const METHOD: Readonly<Record<EndpointKind, string>> = {
  "ping": "GET",
  "list-repositories": "GET",
  "get-blob": "GET",
  "head-blob": "HEAD",
  "delete-blob": "DELETE",
  "start-upload": "POST",
  "mount-blob": "POST",
  "get-upload": "GET",
  "append-upload": "PATCH",
  "cancel-upload": "DELETE",
  "finish-upload": "PUT",
  "get-manifest": "GET",
  "head-manifest": "HEAD",
  "put-manifest": "PUT",
  "delete-manifest": "DELETE",
  "list-tags": "GET",
  "list-referrers": "GET",
};

/** An endpoint as the method and the path with query of a request. */
export function formatEndpoint(
  endpoint: Endpoint,
): { readonly method: string; readonly path: string } {
  return { method: METHOD[endpoint.kind], path: formatPath(endpoint) };
}

function formatPath(endpoint: Endpoint): string {
  if (endpoint.kind === "ping") return "/v2/";
  if (endpoint.kind === "list-repositories") return `/v2/_catalog${formatPage(endpoint)}`;
  const base = `/v2/${endpoint.repository}`;
  switch (endpoint.kind) {
    case "get-blob":
    case "head-blob":
    case "delete-blob":
      return `${base}/blobs/${endpoint.digest}`;
    case "start-upload":
      return `${base}/blobs/uploads/${formatQuery({ digest: endpoint.digest })}`;
    case "mount-blob":
      return `${base}/blobs/uploads/${
        formatQuery({ mount: endpoint.digest, from: endpoint.from })
      }`;
    case "get-upload":
    case "append-upload":
    case "cancel-upload":
      return `${base}/blobs/uploads/${endpoint.id}`;
    case "finish-upload":
      return `${base}/blobs/uploads/${endpoint.id}${formatQuery({ digest: endpoint.digest })}`;
    case "get-manifest":
    case "head-manifest":
    case "put-manifest":
    case "delete-manifest":
      return `${base}/manifests/${endpoint.at}`;
    case "list-tags":
      return `${base}/tags/list${formatPage(endpoint)}`;
    case "list-referrers": {
      const { digest, artifactType } = endpoint;
      return `${base}/referrers/${digest}${formatQuery({ artifactType })}`;
    }
  }
}

interface Page {
  readonly limit?: number;
  readonly last?: string;
}

function formatPage({ limit, last }: Page): string {
  return formatQuery({ n: limit?.toString(), last });
}

/** A query with its question mark; names and digests keep their slashes and colons (RFC 3986 3.4). */
function formatQuery(values: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(values).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`${name}=${encodeURIComponent(value).replaceAll("%3A", ":").replaceAll("%2F", "/")}`]
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

// distribution-spec, "Pulling manifests": the grammar of <name>.
const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const NAME = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const NAME_LIMIT = 255;
const UPLOAD_ID = /^[A-Za-z0-9._=-]{1,256}$/;

/**
 * The endpoint that a request is for.
 *
 * @throws {RegistryError} 404 for an address that is none, 405 for a method that it does not take, 400
 * `NAME_INVALID`, `DIGEST_INVALID` or `MANIFEST_INVALID` for a part that is malformed.
 */
export function parseEndpoint(method: string, url: URL): Endpoint {
  const path = decodePath(url.pathname);
  if (path === "/v2/" || path === "/v2") return { kind: choose(method, ["ping"]) };
  if (path === "/v2/_catalog") {
    return { kind: choose(method, ["list-repositories"]), ...parsePage(url.searchParams) };
  }
  // Names may hold words of the grammar (`a/blobs/b`), so an address is read from its end.
  const [, tagged] = /^\/v2\/(.+)\/tags\/list$/.exec(path) ?? [];
  if (tagged !== undefined) {
    const kind = choose(method, ["list-tags"]);
    return { kind, repository: readName(tagged), ...parsePage(url.searchParams) };
  }
  const [, uploading, id] = /^\/v2\/(.+)\/blobs\/uploads(?:\/([^/]*))?$/.exec(path) ?? [];
  if (uploading !== undefined) {
    return parseUpload(method, readName(uploading), id ?? "", url.searchParams);
  }
  const [, name, noun, last] = /^\/v2\/(.+)\/(blobs|manifests|referrers)\/([^/]+)$/.exec(path) ??
    [];
  if (name === undefined || last === undefined) throw unknownAddress(path);
  const repository = readName(name);
  if (noun === "manifests") return parseManifestEndpoint(method, repository, last);
  if (noun === "blobs" && isForeignDigest(last)) throw notHere(method, "BLOB_UNKNOWN", last);
  const digest = readDigest(last);
  if (noun === "blobs") {
    const kind = choose(method, ["get-blob", "head-blob", "delete-blob"]);
    return { kind, repository, digest };
  }
  const kind = choose(method, ["list-referrers"]);
  const artifactType = url.searchParams.get("artifactType");
  return { kind, repository, digest, ...(artifactType === null ? {} : { artifactType }) };
}

function parsePage(query: URLSearchParams): Page {
  const limit = query.get("n");
  const last = query.get("last");
  return {
    ...(limit === null || !/^\d{1,9}$/.test(limit) ? {} : { limit: Number(limit) }),
    ...(last === null ? {} : { last }),
  };
}

function parseUpload(
  method: string,
  repository: string,
  id: string,
  query: URLSearchParams,
): Endpoint {
  const digest = query.get("digest");
  if (id === "") {
    const kind = choose(method, ["start-upload"]);
    const mount = query.get("mount");
    const from = query.get("from");
    if (mount !== null && from !== null) {
      return { kind: "mount-blob", repository, digest: readDigest(mount), from: readName(from) };
    }
    return { kind, repository, ...(digest === null ? {} : { digest: readDigest(digest) }) };
  }
  if (!UPLOAD_ID.test(id)) throw refusal(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload");
  const kind = choose(method, ["finish-upload", "append-upload", "get-upload", "cancel-upload"]);
  if (kind !== "finish-upload") return { kind, repository, id };
  return { kind, repository, id, digest: readDigest(digest ?? "") };
}

function parseManifestEndpoint(method: string, repository: string, at: string): Endpoint {
  if (isForeignDigest(at)) throw notHere(method, "MANIFEST_UNKNOWN", at);
  if (at.includes(":")) readDigest(at);
  else if (!isTag(at)) throw notTag(method, at);
  const kind = choose(method, [
    "get-manifest",
    "head-manifest",
    "put-manifest",
    "delete-manifest",
  ]);
  return { kind, repository, at };
}

/** Whether `text` is a digest of another algorithm than sha256 (image-spec descriptor.md, "Digests"). */
function isForeignDigest(text: string): boolean {
  return /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+$/.test(text) &&
    !text.startsWith("sha256:");
}

/** Nothing with such a digest is taken, so that nothing is there either. */
function notHere(
  method: string,
  code: "BLOB_UNKNOWN" | "MANIFEST_UNKNOWN",
  digest: string,
): Error {
  const message = `digests are sha256 here: "${printable(digest)}"`;
  return method === "PUT" ? refusal(400, "DIGEST_INVALID", message) : refusal(404, code, message);
}

/** Nothing can be pushed to a tag that is none; nothing is there either, which the conformance tests want. */
function notTag(method: string, at: string): Error {
  const message = `not a tag: "${printable(at)}"`;
  return method === "PUT"
    ? refusal(400, "MANIFEST_INVALID", message)
    : refusal(404, "MANIFEST_UNKNOWN", message);
}

/** The one of several endpoints at the same address that takes the method. */
function choose<const Kind extends EndpointKind>(method: string, kinds: readonly Kind[]): Kind {
  const kind = kinds.find((candidate) => METHOD[candidate] === method);
  if (kind !== undefined) return kind;
  throw refusal(405, "UNSUPPORTED", `this address does not take ${printable(method, 20)}`);
}

function unknownAddress(path: string): Error {
  return refusal(404, "UNSUPPORTED", `no endpoint of a registry: "${printable(path)}"`);
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw unknownAddress(path);
  }
}

/** Whether `text` is a repository's name. */
export function isRepositoryName(text: string): boolean {
  return NAME.test(text) && text.length <= NAME_LIMIT;
}

function readName(text: string): string {
  if (isRepositoryName(text)) return text;
  throw refusal(400, "NAME_INVALID", `not a repository's name: "${printable(text)}"`);
}

function readDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw refusal(400, "DIGEST_INVALID", `not a sha256 digest: "${printable(text)}"`);
}

// What the distribution spec asks of clients, checked on every request that a fault registry gets: a
// violation is a failure of the test, whatever else became of the push.
import { ACCEPTED_MANIFESTS } from "../../../src/oci/media_type.ts";
import { isRecord } from "./json.ts";
import type { SeenRequest } from "./fault.ts";

/** A request with what the rules look at. */
export interface CheckedRequest extends SeenRequest {
  readonly headers: Headers;
  /** The document that is put; undefined where it is none. */
  readonly document?: Uint8Array;
}

/** Watches one client at one registry. */
export class ClientRules {
  /** What was done that must not be, in words. */
  readonly violations: string[] = [];
  /** Content that the registry has said it holds, as `repository digest`. */
  readonly #held = new Set<string>();

  /** Looks at a request before it is answered. */
  request(request: CheckedRequest): void {
    const { method, kind, path, headers } = request;
    const fault = (reason: string): void => {
      this.violations.push(`${method} ${path}: ${reason}`);
    };
    const query = new URL(path, "http://registry.test").searchParams;
    // containerd's own parameter, and GGCR's: neither is in the spec (rules_img#712).
    for (const name of ["ns", "origin"]) if (query.has(name)) fault(`has ${name} in its query`);
    if (headers.has("cookie")) fault("has a cookie");
    if (kind === "get-manifest" || kind === "head-manifest") {
      const accept = headers.get("accept") ?? "";
      for (const type of ACCEPTED_MANIFESTS) {
        if (!accept.includes(type)) fault(`does not accept ${type}`);
      }
    }
    if (kind === "start-upload" && query.has("mount")) fault("mounts without saying from where");
    if (kind === "finish-upload" || kind === "append-upload" || kind === "put-manifest") {
      if (!/^\d+$/.test(headers.get("content-length") ?? "")) fault("has no Content-Length");
      if (headers.has("transfer-encoding")) fault("is sent in chunks of HTTP");
    }
    const range = headers.get("content-range");
    if (kind === "append-upload" && range !== null && !/^\d+-\d+$/.test(range)) {
      fault(`has a Content-Range that is not the spec's: ${range}`);
    }
    if (kind === "put-manifest") this.#manifest(request, fault);
  }

  /** Takes note of what an answer promised. */
  answer({ kind, path }: SeenRequest, status: number): void {
    const [, repository = "", rest = ""] = /^\/v2\/(.+?)\/(?:blobs|manifests)\/(.*)$/.exec(path) ??
      [];
    const [digest] = /sha256:[0-9a-f]{64}/.exec(decodeURIComponent(rest)) ?? [];
    const there = status === 200 || status === 201 || status === 202 || status === 204;
    const held = kind === "mount-blob" ? status === 201 : there;
    if (held && digest !== undefined) this.#held.add(`${repository} ${digest}`);
  }

  #manifest({ path, headers, document }: CheckedRequest, fault: (reason: string) => void): void {
    const [, repository = ""] = /^\/v2\/(.+)\/manifests\//.exec(path) ?? [];
    const parsed = document === undefined ? undefined : parse(document);
    if (parsed === undefined) return fault("puts a manifest that is no JSON object");
    const { mediaType } = parsed;
    if (mediaType !== undefined && mediaType !== headers.get("content-type")) {
      fault(`is of ${String(mediaType)}, but says ${headers.get("content-type")}`);
    }
    for (const digest of named(parsed)) {
      if (!this.#held.has(`${repository} ${digest}`)) fault(`comes before ${digest}`);
    }
  }
}

/** The digests that a manifest or index needs to be there. */
function named(document: Readonly<Record<string, unknown>>): readonly string[] {
  const { config, layers, manifests } = document;
  const lists = [config, ...(Array.isArray(layers) ? layers : [])];
  return [...lists, ...(Array.isArray(manifests) ? manifests : [])]
    .filter(isRecord)
    .map(({ digest }) => String(digest));
}

function parse(document: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(document));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

// Whether what a registry names is there: from a tag or digest down to the last blob, read and hashed.
import * as v from "valibot";
import { sha256 } from "../../src/core/digest.ts";

/** What a repository has of some names. */
export interface Closure {
  /** The manifests that it has, by name: tags and digests that were asked for, and all below them. */
  readonly manifests: ReadonlyMap<string, string>;
  /** The digests of the blobs that these name. */
  readonly blobs: ReadonlySet<string>;
  /** What is named and is not there, or is not what its digest says. */
  readonly missing: readonly string[];
}

const descriptor = v.object({ digest: v.string() });

const document = v.object({
  config: v.optional(descriptor),
  layers: v.optional(v.array(descriptor), []),
  manifests: v.optional(v.array(descriptor), []),
});

const ACCEPT = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Looks at tags and digests of a repository on a plain HTTP registry that asks nobody who they are. */
export async function closureOf(
  host: string,
  repository: string,
  names: readonly string[],
): Promise<Closure> {
  const address = `http://${host}/v2/${repository}`;
  const manifests = new Map<string, string>();
  const blobs = new Set<string>();
  const missing: string[] = [];
  const look = async (name: string, wanted: boolean): Promise<void> => {
    if (manifests.has(name)) return;
    const raw = await read(`${address}/manifests/${name}`);
    if (raw === undefined) {
      if (wanted) missing.push(name);
      return;
    }
    const digest = sha256(raw);
    manifests.set(name, digest);
    if (name.startsWith("sha256:") && digest !== name) missing.push(name);
    const json: unknown = JSON.parse(new TextDecoder().decode(raw));
    const { config, layers, manifests: children } = v.parse(document, json);
    for (const child of children) await look(child.digest, true);
    for (const child of config === undefined ? layers : [config, ...layers]) {
      blobs.add(child.digest);
    }
  };
  for (const name of names) await look(name, false);
  for (const digest of blobs) {
    const raw = await read(`${address}/blobs/${digest}`);
    if (raw === undefined || sha256(raw) !== digest) missing.push(digest);
  }
  return { manifests, blobs, missing };
}

/** How many of some blobs a repository says it has. */
export async function countBlobs(
  host: string,
  repository: string,
  digests: Iterable<string>,
): Promise<number> {
  let count = 0;
  for (const digest of digests) {
    const response = await fetch(`http://${host}/v2/${repository}/blobs/${digest}`, {
      method: "HEAD",
    });
    await response.body?.cancel();
    if (response.ok) count++;
  }
  return count;
}

/** What is at an address; undefined where nothing is. */
async function read(address: string): Promise<Uint8Array | undefined> {
  const response = await fetch(address, { headers: { accept: ACCEPT } });
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  await response.body?.cancel();
  if (response.status === 404) return undefined;
  throw new Error(`GET ${address} is answered ${response.status}`);
}

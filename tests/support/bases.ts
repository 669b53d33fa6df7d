// Bases as registries hold them, and a source over one, for the tests of everything about bases.
import assert from "node:assert/strict";
import { KrustError } from "../../src/core/error.ts";
import { sha256 } from "../../src/core/digest.ts";
import { type Bytes, collect } from "../../src/core/streams.ts";
import type { Node } from "../../src/image/image.ts";
import { parseReference } from "../../src/oci/reference.ts";
import { MemoryRegistry } from "../../src/registry/memory.ts";
import type { Registry } from "../../src/registry/registry.ts";
import { registrySource, type RegistrySourceOptions } from "../../src/sources/registry.ts";
import type { Base } from "../../src/sources/source.ts";
import type { Store } from "../../src/store/store.ts";
import { ContentStore } from "../../src/store/content_store.ts";
import { publish } from "./images.ts";

/** The registry of the bases. */
export const HOST = "registry.test";

/** The repository of the bases. */
export const NAME = "bases/static";

/** The base that tests open unless they say otherwise. */
export const TAGGED = `${HOST}/${NAME}:nonroot`;

/** Gives a store in a folder of its own, and the folder. */
export async function withStore(
  work: (store: Store, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(storeIn(folder), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A store in a folder. */
export function storeIn(folder: string): Store {
  return new ContentStore(folder, { now: () => new Date() });
}

/** Opens a base that `registry` holds. */
export async function openBase(
  registry: Registry,
  store: Store,
  reference = TAGGED,
  settings: Partial<Omit<RegistrySourceOptions, "reference" | "registries" | "store">> = {},
): Promise<Base> {
  return await registrySource({
    reference: parseReference(reference),
    registries: (host) => {
      assert.equal(host, HOST);
      return registry;
    },
    store,
    keepLayers: false,
    offline: false,
    ...settings,
  }).open();
}

/** A registry that holds a base. */
export async function holding(root: Node, tag = "nonroot"): Promise<MemoryRegistry> {
  const registry = new MemoryRegistry(HOST);
  await publish(registry, NAME, root, tag);
  return registry;
}

/** The digest of what is read of a blob. */
export async function readDigest(blob: { open(): Promise<Bytes> }): Promise<string> {
  return sha256(await collect(await blob.open(), 1e7, "a blob"));
}

/** Whether an error is one of krust's with this code, and `pattern` is in its message or help. */
export function fails(code: string, pattern: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof KrustError && error.code === code &&
    pattern.test([error.message, ...error.help].join("\n"));
}

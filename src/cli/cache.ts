// The cache of this user; where there is no home to keep one in, one for this run alone.
import { cacheDirectory } from "../config/xdg.ts";
import { KrustError } from "../core/error.ts";
import type { Host } from "../core/host.ts";
import { ContentStore } from "../store/content_store.ts";
import type { Store } from "../store/store.ts";

/** A cache in use. */
export interface OpenCache extends AsyncDisposable {
  /** The cache's content. */
  readonly store: Store;
}

/**
 * Opens the cache.
 *
 * @throws {KrustError} `store-failed` where there is no home and no folder for temporary files either.
 */
export async function openCache(host: Host): Promise<OpenCache> {
  const options = { now: () => host.now() };
  const directory = cacheDirectory((name) => host.env(name));
  if (directory !== undefined) {
    return { store: new ContentStore(directory, options), [Symbol.asyncDispose]: async () => {} };
  }
  const temporary = await Deno.makeTempDir({ prefix: "krust-" }).catch((error) => {
    throw new KrustError("store-failed", "cannot make a folder for temporary files", {
      cause: error,
    });
  });
  return {
    store: new ContentStore(temporary, options),
    [Symbol.asyncDispose]: () => Deno.remove(temporary, { recursive: true }),
  };
}

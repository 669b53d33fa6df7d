// The cache of this user; where there is no place to keep one in, one for this run alone.
import { cacheDirectory, valueOf } from "../config/xdg.ts";
import { KrustError } from "../core/error.ts";
import type { Host } from "../core/host.ts";
import { printable } from "../core/printable.ts";
import { ContentStore } from "../store/content_store.ts";
import type { Store } from "../store/store.ts";

/** A cache in use. */
export interface OpenCache extends AsyncDisposable {
  /** The cache's content. */
  readonly store: Store;
}

/** How a cache is opened. */
export interface OpenCacheOptions {
  /** Told where the user's cache cannot be kept. */
  readonly warn?: (text: string) => void;
}

/**
 * Opens the cache. A home that cannot be written (`/nonexistent`, a read-only disk) is no reason not to
 * build; a folder that the user named for it is.
 *
 * @throws {KrustError} `store-failed` where there is no folder for temporary files either.
 */
export async function openCache(
  host: Host,
  { warn = () => {} }: OpenCacheOptions = {},
): Promise<OpenCache> {
  const env = (name: string): string | undefined => host.env(name);
  const options = { now: () => host.now() };
  const directory = cacheDirectory(env, host);
  const chosen = valueOf(env, "KRUST_CACHE_DIR") !== undefined;
  const refusal = directory === undefined || chosen ? undefined : await refusalOf(directory);
  if (directory !== undefined && refusal === undefined) {
    return { store: new ContentStore(directory, options), [Symbol.asyncDispose]: async () => {} };
  }
  if (refusal !== undefined) warn(`this run has no cache: ${printable(refusal.message)}`);
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

/** What the system says of a place that is not there to be written; a full disk is another matter. */
const NO_PLACE: ReadonlySet<unknown> = new Set(["EACCES", "EPERM", "EROFS", "ENOENT"]);

/** Why nothing can be kept in a folder; undefined where something can, or where the store says it best. */
async function refusalOf(directory: string): Promise<Error | undefined> {
  try {
    await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
    await Deno.remove(await Deno.makeTempFile({ dir: directory }));
    return undefined;
  } catch (error) {
    const known = error instanceof Error && "code" in error && NO_PLACE.has(error.code);
    return known ? error : undefined;
  }
}

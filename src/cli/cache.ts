// The cache of this user; where there is no place to keep one in, one for this run alone.
import { parseSize } from "../config/quantity.ts";
import { cacheDirectory, valueOf } from "../config/xdg.ts";
import { KrustError } from "../core/error.ts";
import type { Host } from "../core/host.ts";
import { printable } from "../core/printable.ts";
import { ContentStore } from "../store/content_store.ts";
import {
  type Entry,
  listEntries,
  planEviction,
  removeEntries,
  totalSize,
} from "../store/eviction.ts";
import { claimFolder, shareFolder } from "../store/folder_lock.ts";
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
  /** What the cache may keep when it is closed, as the setting has it; all of it if not given. */
  readonly size?: string;
  /** Whether to leave the user's cache alone, and keep what is needed for this run alone. */
  readonly none?: boolean;
}

/** Milliseconds in which another krust that used an entry may still want it. */
const IN_USE = 60 * 60 * 1_000;

/**
 * Opens the cache. A home that cannot be written (`/nonexistent`, a read-only disk) is no reason not to
 * build; a folder that the user named for it is.
 *
 * @throws {KrustError} `store-failed` where there is no folder for temporary files either.
 */
export async function openCache(
  host: Host,
  { warn = () => {}, size = "", none = false }: OpenCacheOptions = {},
): Promise<OpenCache> {
  const env = (name: string): string | undefined => host.env(name);
  const options = { now: () => host.now() };
  const directory = none ? undefined : cacheDirectory(env, host);
  const chosen = valueOf(env, "KRUST_CACHE_DIR") !== undefined;
  const refusal = directory === undefined || chosen ? undefined : await refusalOf(directory);
  if (directory !== undefined && refusal === undefined) {
    const store = new ContentStore(directory, options);
    const share = await shareFolder(directory);
    return {
      store,
      async [Symbol.asyncDispose](): Promise<void> {
        share[Symbol.dispose]();
        if (store.grown) await shrink(directory, parseSize(size) ?? Infinity, host.now());
      },
    };
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

/** What may stay in a cache's folder. */
export interface PruneLimits {
  /** Bytes. */
  readonly limit: number;
  /** What was used before this goes in any case; milliseconds since 1970. */
  readonly expired?: number;
}

/** What was removed, and what is left in bytes. */
export interface Pruned {
  /** The entries that are gone, or with `dryRun` would be. */
  readonly gone: readonly Entry[];
  /** Bytes that stay. */
  readonly rest: number;
}

/**
 * Removes what is over the limits from a cache's folder; what a build that runs may still want is spared.
 *
 * @throws {KrustError} `store-failed` where the folder cannot be read.
 */
export async function pruneFolder(
  path: string,
  limits: PruneLimits,
  { now, dryRun = false }: { readonly now: Date; readonly dryRun?: boolean },
): Promise<Pruned> {
  using alone = await claimFolder(path);
  const entries = await listEntries(path);
  const { removed, kept } = planEviction(entries, {
    ...limits,
    ...(alone === undefined ? { fresh: now.getTime() - IN_USE } : {}),
  });
  const gone = dryRun ? removed : await removeEntries(removed);
  return { gone, rest: totalSize(kept) + totalSize(removed) - totalSize(gone) };
}

/** Removes what was used longest ago; what cannot be removed now is when the cache next grows. */
async function shrink(directory: string, limit: number, now: Date): Promise<void> {
  const entries = await listEntries(directory).catch(() => []);
  const { removed } = planEviction(entries, { limit, fresh: now.getTime() - IN_USE });
  await removeEntries(removed);
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
    const known = error instanceof Deno.errors.NotCapable ||
      (error instanceof Error && "code" in error && NO_PLACE.has(error.code));
    return known ? error : undefined;
  }
}

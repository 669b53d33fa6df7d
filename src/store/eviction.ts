// Keeps the store's folder small: what was used last stays, what was used longest ago goes first.
// When an entry was used is its file's time of modification, which the store renews.
import { storeFailure } from "./failure.ts";

/** One entry of the folder. */
export interface Entry {
  /** Its file. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** When it was used last, in milliseconds since 1970. */
  readonly used: number;
}

/** What goes and what stays. */
export interface EvictionRules {
  /** Bytes that may stay. */
  readonly limit: number;
  /** What was used before this goes, however much room there is; milliseconds since 1970. */
  readonly expired?: number;
  /** What was used after this stays, however little room there is; milliseconds since 1970. */
  readonly fresh?: number;
}

/** What {@linkcode planEviction} decided. */
export interface Eviction {
  /** Entries to remove. */
  readonly removed: readonly Entry[];
  /** Entries to keep. */
  readonly kept: readonly Entry[];
}

/** The folders below the store's that hold entries. */
const FOLDERS = ["blobs/sha256", "recall"];

/** Milliseconds after which an entry that is used again is marked as used: a write spared, most times. */
const MARK_AGE = 60_000;

/** Marks an entry as used now, where its file may be touched; one that may not is evicted the sooner. */
export async function markUsed(path: string, modified: Date | null, now: Date): Promise<void> {
  if (modified !== null && now.getTime() - modified.getTime() < MARK_AGE) return;
  await Deno.utime(path, now, now).catch(() => {});
}

/**
 * Lists the entries of a store's folder; none where there is no such folder.
 *
 * @throws {KrustError} `store-failed` where it cannot be read.
 */
export async function listEntries(directory: string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (const name of FOLDERS) {
    const folder = `${directory}/${name}`;
    try {
      for await (const { name, isFile } of Deno.readDir(folder)) {
        if (!isFile) continue;
        const path = `${folder}/${name}`;
        // Another krust may have removed it since.
        const found = await Deno.lstat(path).catch(() => undefined);
        if (found !== undefined) {
          entries.push({ path, size: found.size, used: found.mtime?.getTime() ?? 0 });
        }
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw storeFailure("read", folder, error);
    }
  }
  return entries;
}

/** Decides which entries go: the expired ones, and of the rest those used longest ago until all fit. */
export function planEviction(
  entries: readonly Entry[],
  { limit, expired = -Infinity, fresh = Infinity }: EvictionRules,
): Eviction {
  const removed: Entry[] = [];
  const kept: Entry[] = [];
  let room = limit;
  for (const entry of entries.toSorted((one, other) => other.used - one.used)) {
    const stays = entry.used > fresh || entry.used >= expired && entry.size <= room;
    if (stays) room -= entry.size;
    (stays ? kept : removed).push(entry);
  }
  return { removed, kept };
}

/**
 * Removes entries. Whoever reads one goes on reading it, but on Windows, where it stays.
 *
 * @returns those that are gone.
 */
export async function removeEntries(entries: readonly Entry[]): Promise<readonly Entry[]> {
  const gone: Entry[] = [];
  for (const entry of entries) {
    const removed = await Deno.remove(entry.path).then(() => true, () => false);
    if (removed) gone.push(entry);
  }
  return gone;
}

/** Bytes that entries take together. */
export function totalSize(entries: readonly Entry[]): number {
  return entries.reduce((sum, { size }) => sum + size, 0);
}

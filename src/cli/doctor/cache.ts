// The cache's folder: what it takes, whether it can be written, and what room is left. Nothing is written.
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { parseSize } from "../../config/quantity.ts";
import { cacheDirectory, valueOf } from "../../config/xdg.ts";
import { formatBytes } from "../../core/printable.ts";
import { listEntries, totalSize } from "../../store/eviction.ts";
import type { Examination } from "./examination.ts";
import { type Finding, shellWord } from "./finding.ts";

/** Bytes under which a disk is as good as full: a build's layers have to find room. */
const LITTLE_ROOM = 1024 ** 3;

/** What the system says of the folder's disk. */
export type FreeSpace = (path: string) => Promise<number | undefined>;

/** Looks at the cache. */
export async function checkCache(
  { host, settings }: Pick<Examination, "host" | "settings">,
  freeSpace: FreeSpace = freeBytes,
): Promise<readonly Finding[]> {
  const check = "cache";
  const env = (name: string): string | undefined => host.env(name);
  if (settings.noCache.value) return [{ check, status: "note", what: "not used: --no-cache" }];
  const path = cacheDirectory(env, host);
  if (path === undefined) {
    const why = "every build packs and reads anew";
    const what = "there is no home folder, so no cache either";
    return [{ check, status: "warning", what, why, command: "export KRUST_CACHE_DIR=DIR" }];
  }
  const nearest = await nearestFolder(path);
  const refusal = await refusalOf(nearest);
  if (refusal !== undefined) {
    const chosen = valueOf(env, "KRUST_CACHE_DIR") !== undefined;
    return [{
      check,
      // A folder that the user named is not passed over; another is.
      status: chosen ? "failure" : "warning",
      what: `${path}: cannot be written`,
      why: chosen ? `${nearest}: ${refusal}` : `${nearest}: ${refusal}; builds go without a cache`,
      command: `sudo chown -R "$(id -u)" ${shellWord(nearest)}`,
    }];
  }
  const free = await freeSpace(nearest);
  const room = free === undefined ? {} : { why: `${formatBytes(free)} free` };
  if (free !== undefined && free < LITTLE_ROOM) {
    return [{
      check,
      status: "warning",
      what: `${path}: only ${formatBytes(free)} free on its disk`,
      why: "layers may find no room",
      command: "krust cache prune --all",
      remedy: { kind: "prune", path, limit: 0 },
    }];
  }
  if (nearest !== path) {
    const what = `${path}: is not there yet; the first build makes it`;
    const command = `mkdir -p ${shellWord(path)}`;
    const remedy = { kind: "make-folder", path } as const;
    return [{ check, status: "note", what, ...room, command, remedy }];
  }
  return [await checkSize(path, room, parseSize(settings.cacheSize.value) ?? Infinity)];
}

async function checkSize(
  path: string,
  room: { readonly why?: string },
  limit: number,
): Promise<Finding> {
  const size = totalSize(await listEntries(path));
  const found = { check: "cache", what: `${path}: ${formatBytes(size)}`, ...room } as const;
  if (size <= limit) return { ...found, status: "ok" };
  const remedy = { kind: "prune", path, limit } as const;
  return { ...found, status: "note", command: "krust cache prune", remedy };
}

/** The folder itself, or the nearest above it that is there. */
async function nearestFolder(path: string): Promise<string> {
  for (let at = path;; at = dirname(at)) {
    const found = await Deno.stat(at).catch(() => undefined);
    if (found !== undefined || dirname(at) === at) return at;
  }
}

async function freeBytes(path: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

/** Why nothing can be made in a folder; undefined where something can, as far as one can tell unwritten. */
async function refusalOf(folder: string): Promise<string | undefined> {
  const found = await Deno.stat(folder).catch(() => undefined);
  if (found?.isDirectory !== true) return "it is no folder";
  return mayWrite(found, currentUser()) ? undefined : "permission denied";
}

/** Whom a folder belongs to, and what its bits allow. */
type Ownership = Pick<Deno.FileInfo, "mode" | "uid" | "gid">;

/** Whether a user may write to a folder, for all that its bits say; what is not known is no refusal. */
export function mayWrite(
  { mode, uid, gid }: Ownership,
  user: { readonly uid: number | null; readonly gid: number | null },
): boolean {
  if (mode === null || user.uid === null || user.uid === 0) return true;
  // A group that is not the user's first may be another one of theirs.
  const bits = uid === user.uid ? 0o200 : gid === user.gid ? 0o020 : 0o022;
  return (mode & bits) !== 0;
}

function currentUser(): { readonly uid: number | null; readonly gid: number | null } {
  try {
    return { uid: Deno.uid(), gid: Deno.gid() };
  } catch {
    // Narrow permissions keep it from us.
    return { uid: null, gid: null };
  }
}

// What goes into a layer, in the one order and form in which it is archived: paths short and
// relative, parents listed, sorted, nothing twice (image-spec layer.md; reliability.md S1).
import type { Digest } from "../core/digest.ts";
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";
import type { Body } from "../core/streams.ts";
import { pathFault } from "../core/tar_rules.ts";

/** Where an entry is, and whose. */
export interface Placement {
  /** Path in the image, absolute or relative to its root. */
  readonly path: string;
  /** Owner; 0 if not given. */
  readonly uid?: number;
  /** Group; 0 if not given. */
  readonly gid?: number;
}

/** A file of a layer. */
export interface LayerFile extends Placement {
  /** What it is. */
  readonly type?: "file";
  /** Permission bits; setuid and setgid are refused. */
  readonly mode: number;
  /** Digest of its content. */
  readonly digest: Digest;
  /** Its content. */
  readonly body: Body;
  /** What its extended attribute `security.capability` holds; it has none if not given. */
  readonly capabilities?: Uint8Array;
}

/** A directory of a layer; parents need not be given. */
export interface LayerDirectory extends Placement {
  /** What it is. */
  readonly type: "directory";
  /** Permission bits, sticky included. */
  readonly mode: number;
}

/** A symbolic link of a layer. */
export interface LayerSymlink extends Placement {
  /** What it is. */
  readonly type: "symlink";
  /** Where it points, as it is to be written. */
  readonly target: string;
}

/** Anything that a layer can hold. */
export type LayerEntry = LayerFile | LayerDirectory | LayerSymlink;

type ParentMode = Pick<LayerDirectory, "mode" | "uid" | "gid">;

/**
 * A directory that a layer lists replaces the base's own, mode and owner included. These few would
 * break a container if a file put below them made them 0755 and root's.
 */
const PARENTS: ReadonlyMap<string, ParentMode> = new Map([
  ["home/nonroot", { mode: 0o700, uid: 65532, gid: 65532 }],
  ["root", { mode: 0o700 }],
  ["tmp", { mode: 0o1777 }],
  ["var/tmp", { mode: 0o1777 }],
]);

const PARENT: ParentMode = { mode: 0o755 };

/** How names of files begin that delete files of the layers below (image-spec layer.md, "Whiteouts"). */
const WHITEOUT = ".wh.";

/**
 * Entries as they are archived: relative paths, every parent listed once, sorted.
 *
 * @throws {KrustError} `config-invalid` for two entries of one path, one below a file, a path with
 * `..`, a name that deletes files, or a mode beyond 1777.
 */
export function arrangeEntries(entries: readonly LayerEntry[]): readonly LayerEntry[] {
  const arranged = new Map<string, LayerEntry>();
  for (const entry of entries) {
    const path = imagePath(entry);
    if (arranged.has(path)) throw fault(entry, "there are two of it");
    arranged.set(path, { ...entry, path });
  }
  for (const [path, entry] of [...arranged]) {
    for (let at = path.lastIndexOf("/"); at !== -1; at = path.lastIndexOf("/", at - 1)) {
      const parent = path.slice(0, at);
      const known = arranged.get(parent);
      if (known !== undefined && known.type !== "directory") {
        throw fault(entry, `"/${printable(parent)}" is not a directory`);
      }
      if (known !== undefined) continue;
      arranged.set(parent, usualDirectory(parent));
    }
  }
  return [...arranged.keys()].toSorted(compare).flatMap((path) => arranged.get(path) ?? []);
}

/** A directory with the mode and the owner that one of its path usually has. */
export function usualDirectory(path: string): LayerDirectory {
  return { type: "directory", path, ...(PARENTS.get(shortPath(path)) ?? PARENT) };
}

/** A path without what means nothing in it: a `/` in front or at the end, `.` for a component. */
function shortPath(path: string): string {
  return path.split("/").filter((part) => part !== "" && part !== ".").join("/");
}

function imagePath(entry: LayerEntry): string {
  const path = shortPath(entry.path);
  const reason = pathFault(path);
  if (reason !== undefined) throw fault(entry, reason);
  if (path.split("/").some((part) => part.startsWith(WHITEOUT))) {
    throw fault(entry, `a name that begins with ${WHITEOUT} deletes files of the base`);
  }
  if (entry.type !== "symlink" && (entry.mode & ~0o1777) !== 0) {
    throw fault(entry, `mode ${entry.mode.toString(8)} is beyond 1777`);
  }
  return path;
}

function fault(entry: LayerEntry, reason: string): KrustError {
  return new KrustError(
    "config-invalid",
    `cannot put "${printable(entry.path)}" into the image: ${reason}`,
  );
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

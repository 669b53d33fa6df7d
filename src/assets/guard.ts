// The guard of links (reliability.md S3): the kernel says where a path leads, and that must be inside.
import { isAbsolute, relative, sep } from "node:path";
import { printable } from "../core/printable.ts";
import { refused, unreadable } from "./faults.ts";

/**
 * The path without links.
 *
 * @param roots folders, without links themselves, in one of which it must lie; anywhere if undefined.
 * @throws {KrustError} `asset-refused` where it leads outside or nowhere, naming the path and its target.
 */
export async function realPath(path: string, roots?: readonly string[]): Promise<string> {
  let target: string;
  try {
    target = await Deno.realPath(path);
  } catch (error) {
    const named = await Deno.readLink(path).catch(() => undefined);
    if (named === undefined) {
      throw error instanceof Deno.errors.NotFound ? error : unreadable(path, error);
    }
    throw refused(`the link "${printable(path)}" leads nowhere: "${printable(named)}"`, error);
  }
  if (roots === undefined || roots.some((root) => isInside(target, root))) return target;
  throw refused(
    `"${printable(path)}" leads outside of the project: to "${printable(target)}"`,
  );
}

/** Whether a path is a folder or lies in it; both absolute, without links. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

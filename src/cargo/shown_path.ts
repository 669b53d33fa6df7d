// Paths in messages.
import { isAbsolute, relative, sep } from "node:path";
import { printable } from "../core/printable.ts";

/** Longest path that a system takes, in characters. */
const PATH_SHOWN = 4096;

/** An absolute path as a person who stands in `cwd` would write it. */
export function shownPath(path: string, cwd: string): string {
  const from = relative(cwd, path);
  const outside = from === "" || from.split(sep)[0] === ".." || isAbsolute(from);
  return printable(outside ? path : from, PATH_SHOWN);
}

// What an archive can hold: paths, times, how many entries. Apart from the writer and reader, whose
// library is not needed where nothing is packed.

/** The most entries that are read from one archive (reliability.md S2). */
export const ENTRY_LIMIT = 1_000_000;

/** The latest time that fits an entry's own field, in seconds. */
const LATEST = 0o77777777777;

/** Whether an entry can have this time: whole seconds from 1970 to 2242. */
export function isTarTime(seconds: number): boolean {
  return Number.isInteger(seconds) && seconds >= 0 && seconds <= LATEST;
}

/** What is wrong with a path in an archive; undefined where nothing is. */
export function pathFault(path: string): string | undefined {
  if (path === "") return "the path is empty";
  if (path.includes("\0")) return "the path holds a NUL";
  if (!path.isWellFormed()) return "the path is not Unicode";
  if (path.startsWith("/")) return "the path is absolute";
  const components = path.split("/");
  if (components.includes("..")) return "the path holds ..";
  if (components.includes("") || components.includes(".")) {
    return "the path is not in its short form";
  }
  return undefined;
}

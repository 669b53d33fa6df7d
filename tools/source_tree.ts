// The project's own TypeScript, for tests and tools that look at the code rather than run it.
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root folder, absolute. */
export const ROOT: string = fileURLToPath(new URL("..", import.meta.url));

/** A file of the project. */
export interface SourceFile {
  /** Path from the root, with forward slashes. */
  readonly path: string;
  /** What it holds. */
  readonly text: string;
}

/** Paths from the root of the files below `folder` (absolute or from the root) that `wanted` takes, sorted. */
export function filesBelow(folder: string, wanted: (name: string) => boolean): readonly string[] {
  const found: string[] = [];
  const walk = (directory: string): void => {
    for (const entry of Deno.readDirSync(directory)) {
      const path = join(directory, entry.name);
      if (entry.isDirectory) walk(path);
      else if (entry.isFile && wanted(entry.name)) found.push(relative(ROOT, path));
    }
  };
  const top = resolve(ROOT, folder);
  if (exists(top)) walk(top);
  return found.map((path) => path.replaceAll("\\", "/")).sort();
}

/** The TypeScript below some folders of the project, and such files named by themselves. */
export function sources(...places: readonly string[]): readonly SourceFile[] {
  return places.flatMap((place) =>
    place.endsWith(".ts") ? [place] : filesBelow(place, (name) => name.endsWith(".ts"))
  ).map((path) => ({ path, text: Deno.readTextFileSync(join(ROOT, path)) }));
}

/** Whether there is a file or folder at an absolute path. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

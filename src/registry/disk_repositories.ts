// Which repositories a folder holds: those whose own folders, named with `_`, are there.
import { join } from "node:path";
import { namesIn } from "./disk_files.ts";

/** The names of all repositories below a folder, in order. */
export async function listRepositories(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  const waiting: (readonly string[])[] = [[]];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const entries = await namesIn(join(folder, ...name)) ?? [];
    if (entries.some((entry) => entry.startsWith("_"))) found.push(name.join("/"));
    const inner = entries.filter((entry) => !entry.startsWith("_"));
    for (const entry of inner) waiting.push([...name, entry]);
  }
  return found.sort();
}

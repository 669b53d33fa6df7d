// Programs made of Go modules, where `.ci/run` keeps them: on PATH in CI, in its cache elsewhere.
import { delimiter, join } from "node:path";
import type { Lacking } from "./require.ts";

/** Where a program is; undefined where it is nowhere. */
export function goProgram(name: string): string | undefined {
  const { HOME = "", PATH = "", XDG_CACHE_HOME = join(HOME, ".cache") } = Deno.env.toObject();
  const folders = [...PATH.split(delimiter), join(XDG_CACHE_HOME, "krust-dev/go-bin")];
  return folders.filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isFile);
}

/** Why there is no such program here; undefined where there is one. */
export function lackingGoProgram(name: string): Lacking {
  return goProgram(name) === undefined
    ? `no ${name} on PATH or in the cache of .ci/run`
    : undefined;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

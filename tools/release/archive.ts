// An archive for a target: one folder with everything in it, and bytes that depend on that alone.
import { join } from "node:path";
import { writeAll } from "../../src/core/files.ts";
import { gzip } from "../../src/core/gzip.ts";
import { bodyOf } from "../../src/core/streams.ts";
import { type TarEntry, writeTar } from "../../src/core/tar.ts";
import type { Content } from "./contents.ts";
import type { Target } from "./targets.ts";
import { writeZip } from "./zip.ts";

/** 1980-01-01, the first day that zip knows; the time of every file. */
const TIME = 315_532_800;

/** Downloads are made once and loaded many times. */
const LEVEL = 9;

/** The archive's name without its ending, which is the name of the folder in it as well. */
export function archiveName(version: string, target: Target): string {
  return `krust-${version}-${target.name}`;
}

/**
 * Writes an archive into a folder, whole or not at all.
 *
 * @returns the archive's file name.
 */
export async function writeArchive(
  folder: string,
  top: string,
  target: Target,
  contents: readonly Content[],
): Promise<string> {
  const name = `${top}.${target.archive}`;
  const sorted = contents.toSorted((left, right) => left.path < right.path ? -1 : 1);
  const temporary = join(folder, `.${name}.tmp`);
  try {
    using file = await Deno.open(temporary, { create: true, write: true, truncate: true });
    const bytes = target.archive === "zip"
      ? ReadableStream.from(writeZip(zipFiles(top, sorted)))
      : gzip(writeTar(tarEntries(top, sorted)), {
        level: LEVEL,
        workers: navigator.hardwareConcurrency,
      });
    for await (const chunk of bytes) await writeAll(file, chunk);
    await Deno.rename(temporary, join(folder, name));
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
  return name;
}

function zipFiles(top: string, contents: readonly Content[]): Parameters<typeof writeZip>[0] {
  return contents.map(({ path, mode, content }) => {
    if (typeof content === "string") throw new Error(`a zip holds no links: ${path}`);
    return { path: `${top}/${path}`, mode, content };
  });
}

/** The entries, each folder before what is in it. */
function tarEntries(top: string, contents: readonly Content[]): readonly TarEntry[] {
  const folders = new Set<string>();
  return contents.flatMap(({ path, mode, content }) => {
    const full = `${top}/${path}`;
    const parts = full.split("/").slice(0, -1);
    const above = parts.map((_, at) => parts.slice(0, at + 1).join("/"))
      .filter((folder) => !folders.has(folder));
    for (const folder of above) folders.add(folder);
    return [
      ...above.map((folder): TarEntry => ({
        path: folder,
        type: "directory",
        mode: 0o755,
        mtime: TIME,
      })),
      typeof content === "string"
        ? { path: full, type: "symlink", mode, mtime: TIME, linkname: content }
        : { path: full, type: "file", mode, mtime: TIME, body: bodyOf(content) },
    ];
  });
}

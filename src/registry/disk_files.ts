// Files of a registry on disk: they appear whole, by rename, and outlive a power cut once they are told.
import { writeAll } from "../core/files.ts";
import { dirname, join } from "node:path";

/**
 * Gives a file that is whole and synced its name, in place of any that has it.
 *
 * @throws {Deno.errors.NotFound} where there is no such file.
 */
export async function publish(from: string, path: string): Promise<void> {
  const folder = dirname(path);
  await makeFolder(folder);
  await Deno.rename(from, path);
  await syncFolder(folder);
}

/** Writes a small file whole or not at all; it is made in the folder `arriving`. */
export async function place(
  arriving: string,
  path: string,
  content: Uint8Array | string,
): Promise<void> {
  const temporary = join(arriving, crypto.randomUUID());
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await makeFolder(arriving);
  try {
    using file = await Deno.open(temporary, { write: true, createNew: true, mode: 0o600 });
    await writeAll(file, bytes);
    await file.sync();
    await publish(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

/** Makes a folder, and those above it, for the owner alone. */
export async function makeFolder(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
}

/** The size of a file in bytes; undefined where there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const found = await absentAsUndefined(Deno.lstat(path));
  return found?.isFile === true ? found.size : undefined;
}

/** Removes a file; false where there is none. */
export async function removeFile(path: string): Promise<boolean> {
  return await absentAsUndefined(Deno.remove(path).then(() => true)) ?? false;
}

/** The names in a folder in order; undefined where there is none. */
export async function namesIn(path: string): Promise<readonly string[] | undefined> {
  const names = await absentAsUndefined(Array.fromAsync(Deno.readDir(path), ({ name }) => name));
  // By code unit, as the spec's "lexical" order of tags is read by distribution.
  return names?.sort();
}

/** What is there, or undefined. */
export async function absentAsUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    // A file where a folder should be is no entry either.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}

/** Makes the names in a folder durable, where the system lets a folder be synced. */
async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path, { read: true });
  await folder.sync();
}

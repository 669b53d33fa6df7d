// Large files that are whole or absent: a temporary beside the file, synced, then renamed over it.
// A temporary is locked while it is written, so that one without a lock is a dead run's.
import { basename, dirname, join } from "node:path";
import { writeAll } from "../core/files.ts";
import type { Bytes, Cancel } from "../core/streams.ts";

const PREFIX = ".krust-";

/** Options of {@linkcode writeFileStreamed}. */
export interface WriteFileOptions extends Cancel {
  /** Gets the size in bytes of each chunk once it is written. */
  readonly onWritten?: (bytes: number) => void;
}

/**
 * Writes what `open` gives to `path`, whole or not at all. The name is only sure to outlive a power
 * cut once {@linkcode syncDirectory} was called on the folder.
 *
 * @throws what the file system and the stream throw; the temporary is removed.
 */
export async function writeFileStreamed(
  path: string,
  open: () => Promise<Bytes>,
  options: WriteFileOptions = {},
): Promise<void> {
  const temporary = join(dirname(path), `${PREFIX}${crypto.randomUUID()}.${basename(path)}`);
  try {
    using file = await Deno.open(temporary, { write: true, createNew: true, mode: 0o644 });
    await file.lock(true);
    await pour(await open(), file, options);
    await file.sync();
    options.signal?.throwIfAborted();
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

/** Writes what `open` gives into a device or pipe, which no file may replace. */
export async function writeIntoDevice(
  path: string,
  open: () => Promise<Bytes>,
  options: WriteFileOptions = {},
): Promise<void> {
  using device = await Deno.open(path, { write: true });
  await pour(await open(), device, options);
}

async function pour(
  bytes: Bytes,
  file: Deno.FsFile,
  { signal, onWritten }: WriteFileOptions,
): Promise<void> {
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    await writeAll(file, chunk);
    onWritten?.(chunk.length);
  }
}

/** Makes renames in a folder outlive a power cut, where the system can sync folders. */
export async function syncDirectory(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using directory = await Deno.open(path);
  await directory.sync();
}

/**
 * Removes the temporaries that killed runs left in a folder.
 *
 * @param of removes those for this file only.
 */
export async function sweepTemporaries(directory: string, of?: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(directory)) {
    if (!isFile || !name.startsWith(PREFIX)) continue;
    if (of !== undefined && name.slice(PREFIX.length + 37) !== of) continue;
    await removeAbandoned(join(directory, name));
  }
}

async function removeAbandoned(path: string): Promise<void> {
  try {
    using file = await Deno.open(path, { write: true });
    if (await file.tryLock(true)) await Deno.remove(path);
  } catch (error) {
    // Another run may have finished or swept it meanwhile.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

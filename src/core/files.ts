// Files as bodies, files as digests, and files that are whole or absent.
import { type Digest, Hasher, sha256 } from "./digest.ts";
import { litter } from "./litter.ts";
import { type Body, type Bytes, bytesOf, type Cancel } from "./streams.ts";

/** How much is read from a file at a time, in bytes: fewer, larger reads than Deno's own 64 KiB. */
const CHUNK = 256 * 1024;

const CHUNKS_PER_LITTER = 4;

/** Up to how many bytes a file is small: it is read as one. */
export const SMALL_FILE = 64 * 1024;

/** Options of {@linkcode readFile} and {@linkcode hashFile}. */
export interface ReadFileOptions extends Cancel {
  /** The size that the file most likely has, in bytes: small files get by with small buffers. */
  readonly expected?: number;
}

/** How long a buffer is to be for a file of a size: a byte more shows that it has grown. */
function bufferLength(expected = CHUNK): number {
  return Math.min(CHUNK, expected + 1);
}

/** A file's bytes as a stream; the file is closed at the end, on failure and on cancel. */
export async function readFile(path: string, options: ReadFileOptions = {}): Promise<Bytes> {
  options.signal?.throwIfAborted();
  const file = await Deno.open(path, { read: true });
  let closed = false;
  let chunks = 0;
  const close = (): void => {
    if (!closed) file.close();
    closed = true;
  };
  return new ReadableStream({
    async pull(controller): Promise<void> {
      try {
        options.signal?.throwIfAborted();
        if (++chunks % CHUNKS_PER_LITTER === 0) litter();
        const chunk = new Uint8Array(bufferLength(options.expected));
        const read = await file.read(chunk);
        if (read === null) {
          close();
          controller.close();
        } else {
          controller.enqueue(chunk.subarray(0, read));
        }
      } catch (error) {
        close();
        throw error;
      }
    },
    cancel(): void {
      close();
    },
  }, { highWaterMark: 0 });
}

/**
 * The digest and size in bytes of a file. All of it goes through one buffer: a stream's chunks would
 * pile up, tens of megabytes of them, before V8 thinks of collecting what lies outside its heap.
 */
export async function hashFile(
  path: string,
  options: ReadFileOptions = {},
): Promise<{ readonly digest: Digest; readonly size: number }> {
  using file = await Deno.open(path, { read: true });
  const hasher = new Hasher();
  const buffer = new Uint8Array(bufferLength(options.expected));
  for (let read; (read = await file.read(buffer)) !== null;) {
    options.signal?.throwIfAborted();
    hasher.update(buffer.subarray(0, read));
  }
  return { digest: hasher.digest(), size: hasher.size };
}

/** The digest and size in bytes of a file that is small, read in one call. */
export function hashSmallFile(path: string): { readonly digest: Digest; readonly size: number } {
  const bytes = Deno.readFileSync(path);
  return { digest: sha256(bytes), size: bytes.length };
}

/** A file as a body that can be opened again; `size` is what it had when it was measured. */
export function fileBody(path: string, size: number): Body {
  const expected = size;
  return {
    size,
    async open(options = {}): Promise<Bytes> {
      if (size > SMALL_FILE) return await readFile(path, { ...options, expected });
      options.signal?.throwIfAborted();
      return bytesOf(await Deno.readFile(path));
    },
  };
}

/** Whether an error is the system's word that a disk, or what a user may have of it, is full. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "ENOSPC" || error.code === "EDQUOT");
}

/** Whether there is a folder at a path; a link to one counts. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}

/**
 * Writes a small file whole or not at all: beside it first, synced, then renamed over it. Links are
 * followed, and a device or pipe (`/dev/null`) is written to: neither is replaced.
 *
 * @param mode permission bits of the new file.
 */
export async function writeFileWhole(
  path: string,
  content: Uint8Array | string,
  options: { readonly mode?: number } = {},
): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const { place, replaceable } = await placeOf(path);
  if (!replaceable) {
    using device = await Deno.open(place, { write: true });
    return await writeAll(device, bytes);
  }
  const temporary = `${place}.${crypto.randomUUID()}.tmp`;
  try {
    const mode = options.mode ?? 0o644;
    {
      using file = await Deno.open(temporary, { write: true, createNew: true, mode });
      await writeAll(file, bytes);
      await file.sync();
    }
    await Deno.rename(temporary, place);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

/**
 * Where a file at `path` is to be written: links are followed. A device or a pipe is not replaceable
 * by another file; it is written to, and what was written to it cannot be taken back.
 */
export async function placeOf(
  path: string,
): Promise<{ readonly place: string; readonly replaceable: boolean }> {
  const place = await Deno.realPath(path).catch(() => path);
  const known = await Deno.stat(place).catch(() => undefined);
  return { place, replaceable: known === undefined || known.isFile || known.isDirectory };
}

/** Writes all of `bytes` where the file stands: one write of the system may take a part. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

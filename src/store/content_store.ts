// The content store in a folder: `blobs/sha256/<hex>`, `recall/<hex>.json`, and `tmp` for what is
// being written. A name appears only when its content is whole; what is read is verified again.
import { type Digest, digestHex, Hasher } from "../core/digest.ts";
import { KrustError } from "../core/error.ts";
import { readFile } from "../core/files.ts";
import { decodeJson, encodeJson } from "../core/json.ts";
import { type Bytes, type Cancel, verified } from "../core/streams.ts";
import type { Blob, Descriptor } from "../oci/descriptor.ts";
import type { MediaType } from "../oci/media_type.ts";
import { markUsed } from "./eviction.ts";
import { storeFailure } from "./failure.ts";
import type { Store } from "./store.ts";
import { TemporaryFile } from "./temporary_file.ts";

/** What a {@linkcode ContentStore} is given. */
export interface ContentStoreOptions {
  /** The time now, by which leftovers are judged. */
  now(): Date;
}

/** Milliseconds after which a file in `tmp` is taken for one that a killed process left. */
const LEFTOVER_AGE = 24 * 60 * 60 * 1_000;

/** The largest answer that is recalled, in bytes. */
const RECALL_LIMIT = 1024 * 1024;

/**
 * A store in a folder, which is made, for its owner alone, when something is first kept. Several
 * processes may use one folder at once: files appear in it by renaming only.
 */
export class ContentStore implements Store {
  readonly #directory: string;
  readonly #now: () => Date;
  #swept: Promise<void> | undefined;
  #grown = false;

  /** A store in `directory`, an absolute path; nothing is read or made yet. */
  constructor(directory: string, options: ContentStoreOptions) {
    this.#directory = directory;
    this.#now = () => options.now();
  }

  /** Whether anything was kept through this store. */
  get grown(): boolean {
    return this.#grown;
  }

  /**
   * Keeps bytes under their digest, in place of any that are there, for those may be damaged.
   *
   * @throws {KrustError} `store-failed` where they cannot be written. What the bytes' own stream
   * throws, and the signal's reason, pass through. Nothing is kept then.
   */
  async ingest(bytes: Bytes, mediaType: MediaType, options: Cancel = {}): Promise<Blob> {
    await using cleanup = new AsyncDisposableStack();
    const hasher = new Hasher();
    const file = await this.#create().catch(async (error) => {
      await bytes.cancel(error).catch(() => {});
      throw error;
    });
    cleanup.use(file);
    await bytes.pipeTo(
      new WritableStream({
        write(chunk): Promise<void> {
          hasher.update(chunk);
          return file.write(chunk);
        },
      }),
      options,
    );
    const descriptor = { mediaType, size: hasher.size, digest: hasher.digest() };
    await file.publish(this.#blobPath(descriptor.digest));
    return this.#blob(descriptor);
  }

  /** The blob of a descriptor, if a regular file of the right size is kept for it. */
  async find(descriptor: Descriptor): Promise<Blob | undefined> {
    const path = this.#blobPath(descriptor.digest);
    const file = await regularFile(path);
    if (file?.size !== descriptor.size) return undefined;
    await markUsed(path, file.mtime, this.#now());
    return this.#blob(descriptor);
  }

  /** What was remembered under a key; undefined where that is nothing, or cannot be read. */
  async recall(key: Digest): Promise<unknown> {
    const path = this.#recallPath(key);
    const file = await regularFile(path);
    if (file === undefined || file.size > RECALL_LIMIT) return undefined;
    await markUsed(path, file.mtime, this.#now());
    try {
      return decodeJson(await Deno.readFile(path), path);
    } catch {
      return undefined;
    }
  }

  /**
   * Remembers a JSON value under a key.
   *
   * @throws {KrustError} `store-failed` where it cannot be written.
   */
  async remember(key: Digest, value: unknown): Promise<void> {
    await using file = await this.#create();
    await file.write(encodeJson(value));
    await file.publish(this.#recallPath(key));
  }

  #blobPath(digest: Digest): string {
    return `${this.#directory}/blobs/sha256/${digestHex(digest)}`;
  }

  #recallPath(key: Digest): string {
    return `${this.#directory}/recall/${digestHex(key)}.json`;
  }

  #blob(descriptor: Descriptor): Blob {
    const path = this.#blobPath(descriptor.digest);
    return { descriptor, open: (options) => openVerified(path, descriptor, options) };
  }

  async #create(): Promise<TemporaryFile> {
    const temporary = `${this.#directory}/tmp`;
    for (const name of ["tmp", "blobs/sha256", "recall"]) {
      const folder = `${this.#directory}/${name}`;
      try {
        await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      } catch (error) {
        throw storeFailure("create the folder", folder, error);
      }
    }
    this.#grown = true;
    await (this.#swept ??= sweep(temporary, this.#now().getTime() - LEFTOVER_AGE));
    return TemporaryFile.create(temporary);
  }
}

/** A regular file; undefined where there is none, or something else: a link, a pipe. */
async function regularFile(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    const found = await Deno.lstat(path);
    return found.isFile ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Removes files last written before `before`, in milliseconds since 1970, as far as it can. */
async function sweep(folder: string, before: number): Promise<void> {
  try {
    for await (const { name } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      const written = (await Deno.lstat(path).catch(() => undefined))?.mtime?.getTime();
      if (written !== undefined && written < before) await Deno.remove(path).catch(() => {});
    }
  } catch {
    // Leftovers cost space alone, and the next run tries again.
  }
}

async function openVerified(
  path: string,
  descriptor: Descriptor,
  options: Cancel = {},
): Promise<Bytes> {
  let bytes: Bytes;
  try {
    if (await regularFile(path) === undefined) throw new Error("it is not there any more");
    bytes = await readFile(path, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw storeFailure("read", path, error);
  }
  return selfCleaning(verified(bytes, descriptor, "what is kept"), path, options);
}

/** Passes verified bytes on; an entry that turns out to be damaged is removed before the error. */
function selfCleaning(bytes: Bytes, path: string, options: Cancel): Bytes {
  const reader = bytes.getReader();
  return new ReadableStream({
    async pull(controller): Promise<void> {
      try {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!(error instanceof KrustError)) throw storeFailure("read", path, error);
        await Deno.remove(path, { recursive: true }).catch(() => {});
        throw new KrustError("store-failed", `the cache entry "${path}" was damaged`, {
          cause: error,
          help: ["it was removed: run again"],
        });
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

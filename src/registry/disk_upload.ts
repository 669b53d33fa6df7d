// A blob that arrives on disk: one file that grows, checked and renamed when it is whole. What was
// written outlives the server; the hash of it does not, and is then taken of the file.
import { type Digest, Hasher } from "../core/digest.ts";
import { hashFile, writeAll } from "../core/files.ts";
import type { Bytes } from "../core/streams.ts";
import type { StagedBlob } from "./contents.ts";
import { removeFile } from "./disk_files.ts";
import { refusal } from "./errors.ts";

/** Makes a synced file the content of a digest in a repository. */
export type Keep = (path: string, repository: string, digest: Digest) => Promise<void>;

/** A blob that is arriving in a file. */
export class DiskUpload implements StagedBlob {
  readonly #path: string;
  readonly #keep: Keep;
  readonly #hasher: Hasher | undefined;
  #size: number;

  private constructor(path: string, size: number, hasher: Hasher | undefined, keep: Keep) {
    this.#path = path;
    this.#size = size;
    this.#hasher = hasher;
    this.#keep = keep;
  }

  /** Begins one in a file that is not there yet. */
  static async create(path: string, keep: Keep): Promise<DiskUpload> {
    (await Deno.open(path, { write: true, createNew: true, mode: 0o600 })).close();
    return new DiskUpload(path, 0, new Hasher(), keep);
  }

  /** Goes on with a file that holds `size` bytes of one. */
  static resume(path: string, size: number, keep: Keep): DiskUpload {
    return new DiskUpload(path, size, undefined, keep);
  }

  /** See {@linkcode StagedBlob.size}. */
  get size(): number {
    return this.#size;
  }

  /** See {@linkcode StagedBlob.append}. */
  async append(bytes: Bytes): Promise<void> {
    using file = await Deno.open(this.#path, { write: true });
    // Whatever a write that failed has left behind the last whole chunk is written over, or cut off.
    await file.seek(this.#size, Deno.SeekMode.Start);
    for await (const chunk of bytes) {
      await writeAll(file, chunk);
      this.#hasher?.update(chunk);
      this.#size += chunk.length;
    }
  }

  /** See {@linkcode StagedBlob.commit}. */
  async commit(repository: string, digest: Digest): Promise<void> {
    try {
      await this.#sync();
      const found = this.#hasher?.digest() ?? (await hashFile(this.#path)).digest;
      if (found !== digest) {
        throw refusal(400, "DIGEST_INVALID", `the blob's digest is ${found}, not ${digest}`);
      }
      await this.#keep(this.#path, repository, digest);
    } finally {
      // Where it was kept it has another name by now.
      await this.discard();
    }
  }

  /** See {@linkcode StagedBlob.discard}. */
  async discard(): Promise<void> {
    await removeFile(this.#path);
  }

  async #sync(): Promise<void> {
    using file = await Deno.open(this.#path, { write: true });
    await file.truncate(this.#size);
    await file.sync();
  }
}

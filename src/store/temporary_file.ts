// A file on its way into the store: it is renamed to its final name when whole, or it is gone.
import { writeAll } from "../core/files.ts";
import { storeFailure } from "./failure.ts";

/** A file that is being written; disposing of it removes it unless it was published. */
export class TemporaryFile implements AsyncDisposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #written = 0;
  #open = true;
  #published = false;

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Makes one in `directory`, which must be on the disk that it is to be published on.
   *
   * @throws {KrustError} `store-failed`.
   */
  static async create(directory: string): Promise<TemporaryFile> {
    const path = `${directory}/${crypto.randomUUID()}`;
    try {
      const file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
      return new TemporaryFile(path, file);
    } catch (error) {
      throw storeFailure("create", path, error);
    }
  }

  /**
   * Writes all of `chunk`.
   *
   * @throws {KrustError} `store-failed`.
   */
  async write(chunk: Uint8Array): Promise<void> {
    try {
      await writeAll(this.#file, chunk);
      this.#written += chunk.length;
    } catch (error) {
      throw storeFailure("write", this.#path, error, this.#written);
    }
  }

  /**
   * Syncs what was written and gives it its name, in place of whatever had that name.
   *
   * @throws {KrustError} `store-failed`.
   */
  async publish(path: string): Promise<void> {
    try {
      await this.#file.sync();
      this.#close();
      await replace(this.#path, path);
      this.#published = true;
    } catch (error) {
      throw storeFailure("write", path, error, this.#written);
    }
  }

  /** Closes it, and removes it unless it was published. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    if (!this.#published) await Deno.remove(this.#path).catch(() => {});
  }

  #close(): void {
    if (this.#open) this.#file.close();
    this.#open = false;
  }
}

async function replace(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    // A folder is the one thing that a rename does not replace, and it is no entry of ours.
    if (!(await Deno.lstat(to).catch(() => undefined))?.isDirectory) throw error;
    await Deno.remove(to, { recursive: true });
    await Deno.rename(from, to);
  }
}

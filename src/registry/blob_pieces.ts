// A blob read piece by piece, so that a registry which takes it only so can have one again. The blob is
// opened once for all pieces: its source may be another registry.
import { KrustError, wrapError } from "../core/error.ts";
import { type Body, bodyOf, type Cancel, concat, section } from "../core/streams.ts";
import type { Blob } from "../oci/descriptor.ts";
import { SourceFailure, wrongSize } from "./exchange.ts";

type Chunk = Uint8Array<ArrayBuffer>;

/** Largest piece that is kept in memory, in bytes; a larger one opens the blob anew. */
export const PIECE_LIMIT = 16 * 1024 * 1024;

/** The pieces of one blob. */
export class BlobPieces {
  readonly #blob: Blob;
  readonly #options: Cancel;
  #reader: ReadableStreamDefaultReader<Chunk> | undefined;
  /** What was read last, and where in the blob it begins. */
  #held: Chunk = new Uint8Array();
  #start = 0;

  /** Takes the blob; nothing is opened yet. */
  constructor(blob: Blob, options: Cancel) {
    this.#blob = blob;
    this.#options = options;
  }

  /**
   * The `length` bytes at `offset`. The last piece is given only once the source has ended well.
   *
   * @throws {SourceFailure} where the blob cannot be read, or is not as large as it says.
   */
  async piece(offset: number, length: number): Promise<Body> {
    if (length > PIECE_LIMIT) return this.#streamed(offset, length);
    try {
      return bodyOf(await this.#read(offset, length));
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      throw new SourceFailure(
        wrapError("store-failed", "cannot read what is to be sent", error),
      );
    }
  }

  /** Lets go of the blob. */
  async close(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    this.#held = new Uint8Array();
    try {
      await reader?.cancel();
    } catch {
      // It had failed: there is nothing to let go of.
    }
  }

  #streamed(offset: number, length: number): Body {
    const { descriptor } = this.#blob;
    // To the very end where it is the last: what verifies the content says so after its last byte.
    const end = offset + length === descriptor.size ? Infinity : offset + length;
    return {
      size: length,
      open: async (options) => section(await this.#blob.open(options), offset, end),
    };
  }

  async #read(offset: number, length: number): Promise<Chunk> {
    if (
      this.#reader === undefined || offset < this.#start ||
      offset > this.#start + this.#held.length
    ) await this.#reopen(offset);
    const chunks: Chunk[] = [this.#held.subarray(offset - this.#start)];
    let size = chunks[0]?.length ?? 0;
    while (size < length) {
      const chunk = await this.#next();
      if (chunk === undefined) throw wrongSize(offset + size, this.#blob.descriptor.size);
      chunks.push(chunk);
      size += chunk.length;
    }
    this.#held = concat(chunks, size);
    this.#start = offset;
    if (offset + length === this.#blob.descriptor.size) await this.#expectEnd(offset + size);
    return this.#held.subarray(0, length);
  }

  async #expectEnd(read: number): Promise<void> {
    const { size } = this.#blob.descriptor;
    const more = await this.#next();
    if (more !== undefined || read > size) throw wrongSize(read + (more?.length ?? 0), size);
  }

  /** Opens the blob anew and passes over what comes before `offset`. */
  async #reopen(offset: number): Promise<void> {
    await this.close();
    this.#reader = (await this.#blob.open(this.#options)).getReader();
    let at = 0;
    while (true) {
      const chunk = await this.#next() ?? new Uint8Array();
      if (chunk.length === 0 && at < offset) throw wrongSize(at, this.#blob.descriptor.size);
      at += chunk.length;
      if (at < offset) continue;
      this.#held = chunk.subarray(chunk.length - (at - offset));
      this.#start = offset;
      return;
    }
  }

  /** The next chunk that holds something; undefined at the end. */
  async #next(): Promise<Chunk | undefined> {
    const reader = this.#reader;
    if (reader === undefined) throw new KrustError("internal", "a closed blob was read");
    let next = await reader.read();
    while (!next.done && next.value.length === 0) next = await reader.read();
    return next.value;
  }
}

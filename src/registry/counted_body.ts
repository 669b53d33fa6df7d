// A blob as the body of a request, and how much of it is sent, for those who watch.
import { type Body, type Bytes, type Cancel, tap } from "../core/streams.ts";
import type { Blob } from "../oci/descriptor.ts";

/** A blob as a body that tells how much is sent of it, and takes it back when it is sent again. */
export class CountedBody implements Body {
  readonly #blob: Blob;
  readonly #onSent: (bytes: number) => void;
  #sent = 0;

  /** Tells `onSent` how many bytes more are sent, or fewer. */
  constructor(blob: Blob, onSent: (bytes: number) => void = () => {}) {
    this.#blob = blob;
    this.#onSent = onSent;
  }

  /** Exact size in bytes. */
  get size(): number {
    return this.#blob.descriptor.size;
  }

  /** Tells that this much is sent, whatever was told before. */
  tell(bytes: number): void {
    const more = bytes - this.#sent;
    this.#sent = bytes;
    if (more !== 0) this.#onSent(more);
  }

  /** Opens the bytes from the start, and takes back what was told. */
  async open(options?: Cancel): Promise<Bytes> {
    this.tell(0);
    const bytes = await this.#blob.open(options);
    return tap(bytes, (chunk) => this.tell(this.#sent + chunk.length));
  }
}

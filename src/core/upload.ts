// A request's body on its way out: opened when it is first read, closed whatever becomes of the
// request, and never whole on the wire before its source has ended well.
import type { Body, Bytes, Cancel } from "./streams.ts";

type Chunk = Uint8Array<ArrayBuffer>;

/** A body being sent, as a Blob: the one form that `fetch` streams with a `Content-Length`. */
export class Upload extends Blob {
  readonly #body: Body;
  readonly #options: Cancel;
  #reader: Promise<ReadableStreamDefaultReader<Chunk>> | undefined;
  #controller: ReadableStreamDefaultController<Chunk> | undefined;
  #over = false;
  #failure: { readonly error: unknown } | undefined;

  /** Takes what is to be sent; nothing is opened yet. */
  constructor(body: Body, options: Cancel) {
    super([]);
    this.#body = body;
    this.#options = options;
  }

  /** Exact size in bytes. */
  override get size(): number {
    return this.#body.size;
  }

  /** Whether all was sent, or nothing more will be. */
  get over(): boolean {
    return this.#over;
  }

  /** What the source failed with, if it did. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** The bytes; taken once, as `fetch` is not to follow redirects. */
  override stream(): Bytes {
    let held: Chunk | undefined;
    return new ReadableStream({
      start: (controller): void => void (this.#controller = controller),
      pull: async (controller): Promise<void> => {
        // A chunk waits for the one after it: content whose digest turns out to be wrong at its end
        // must not have gone out whole by then.
        const chunk = held ?? await this.#read();
        held = chunk === undefined ? undefined : await this.#read();
        if (this.#over) return;
        if (chunk !== undefined) controller.enqueue(chunk);
        if (held !== undefined) return;
        this.#over = true;
        controller.close();
      },
      cancel: (reason): Promise<void> => this.end(reason),
      // Without this mark the first chunk is pulled, and a file opened, at birth.
    }, { highWaterMark: 0 });
  }

  /** Sends nothing more and closes the source. */
  async end(reason: unknown): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#controller?.error(reason);
    try {
      await (await this.#reader)?.cancel(reason);
    } catch {
      // It could not be opened, or had failed: there is nothing to close.
    }
  }

  /** The next chunk that holds something; undefined at the end. */
  async #read(): Promise<Chunk | undefined> {
    try {
      this.#reader ??= this.#body.open(this.#options).then((bytes) => bytes.getReader());
      const reader = await this.#reader;
      let next = await reader.read();
      while (!next.done && next.value.length === 0) next = await reader.read();
      return next.value;
    } catch (error) {
      this.#over = true;
      this.#failure = { error };
      throw error;
    }
  }
}

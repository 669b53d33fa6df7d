// A blob on its way down: what breaks off goes on from where it broke, by a range where the registry knows
// them, else by reading from the start and passing over what came before.
import { KrustError } from "../core/error.ts";
import { type Bytes, bytesOf, type Cancel, collect } from "../core/streams.ts";
import { RegistryError } from "./errors.ts";
import { backoff, retrying, type RetryPolicy } from "./retry.ts";

/** The bytes of one answer, from some offset on. */
export interface Part {
  /** The bytes; one that breaks off fails with a {@linkcode RegistryError} that is retryable. */
  readonly bytes: Bytes;
  /** Whether the answer said how much it holds, so that an early end is no accident. */
  readonly announced: boolean;
}

/** What {@linkcode resumed} works with. */
export interface DownloadOptions extends Cancel {
  /** How many bytes there should be. */
  readonly size: number;
  /** How often, and after how long, it is gone on. */
  readonly policy: RetryPolicy;
  /** Asks for the bytes from an offset on; undefined where the registry has none there. */
  readonly open: (offset: number) => Promise<Part | undefined>;
}

/** How often one download may break off, however far it gets each time. */
const RECOVERIES = 10;

/** All bytes of which `first` is the beginning. Nothing is verified here. */
export function resumed(first: Part, options: DownloadOptions): Bytes {
  const download = new Download(first, options);
  return new ReadableStream({
    async pull(controller): Promise<void> {
      const chunk = await download.next();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel: (reason): Promise<void> => download.cancel(reason),
  }, { highWaterMark: 0 });
}

class Download {
  readonly #options: DownloadOptions;
  #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  #announced: boolean;
  #got = 0;
  /** Failures since the last byte came. */
  #stalls = 0;
  #recoveries = 0;
  #cancelled = false;

  constructor(first: Part, options: DownloadOptions) {
    this.#options = options;
    this.#reader = first.bytes.getReader();
    this.#announced = first.announced;
  }

  /** The next chunk; undefined at the end. */
  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (true) {
      try {
        const { done, value } = await this.#reader.read();
        if (!done) {
          this.#got += value.length;
          this.#stalls = 0;
          return value;
        }
        const cut = this.#got < this.#options.size && !this.#announced && this.#stalls === 0;
        if (this.#cancelled || !cut) return undefined;
        // A body without a length that is cut looks like one that ends: one more look tells.
        this.#stalls++;
        if (!await this.#reopen()) return undefined;
      } catch (error) {
        if (this.#cancelled) return undefined;
        if (!await this.#recover(error)) return undefined;
      }
    }
  }

  async cancel(reason: unknown): Promise<void> {
    this.#cancelled = true;
    await this.#reader.cancel(reason);
  }

  /** Waits and goes on; false where there is nothing more. */
  async #recover(broken: unknown): Promise<boolean> {
    const { policy } = this.#options;
    for (let error = broken;;) {
      this.#options.signal?.throwIfAborted();
      if (!(error instanceof RegistryError) || !error.retryable) throw error;
      this.#stalls++;
      const most = Math.min(policy.attempts, error.attempts);
      if (this.#stalls >= most || ++this.#recoveries > RECOVERIES) throw this.#final(error);
      const wait = error.retryAfter ?? backoff(this.#stalls, policy);
      policy.warn(
        `${error.message}; going on after ${this.#got} bytes in ${(wait / 1000).toFixed(1)} s`,
      );
      await policy.clock.wait(wait, this.#options);
      try {
        return await this.#reopen();
      } catch (next) {
        error = next;
      }
    }
  }

  #final(error: RegistryError): RegistryError {
    const attempts = Math.max(this.#stalls, this.#recoveries);
    const suffix = attempts <= 1 ? "" : ` after ${attempts} attempts`;
    return error.with({ retryable: false }, `${error.message}${suffix}`);
  }

  async #reopen(): Promise<boolean> {
    const part = await this.#options.open(this.#got);
    if (part === undefined) return false;
    this.#announced = part.announced;
    this.#reader = part.bytes.getReader();
    if (this.#cancelled) await this.#reader.cancel();
    return true;
  }
}

/** Largest blob that is held back until it is verified, in bytes. */
export const HELD_LIMIT = 4 * 1024 * 1024;
/** Tries for content that is not what its digest promises. */
const MISMATCH_ATTEMPTS = 2;

/** Bytes whose `digest-mismatch` says that they may be fetched once more. */
export function refetchable(error: unknown): unknown {
  if (!(error instanceof KrustError) || error.code !== "digest-mismatch") return error;
  if (error instanceof RegistryError) return error;
  const { message, details } = error;
  return new RegistryError("digest-mismatch", message, {
    details,
    retryable: true,
    attempts: MISMATCH_ATTEMPTS,
  });
}

/** Whether a failure of a pull says that the content may be fetched once more. */
export function mayRefetch(error: unknown): error is RegistryError {
  return error instanceof RegistryError && error.code === "digest-mismatch" && error.retryable;
}

/**
 * Small content, given out only once it is verified, and fetched once more where it turns out wrong.
 *
 * @param first the content, verified as it is read.
 * @param again opens it anew.
 */
export function heldBack(
  first: Bytes,
  again: (options: Required<Cancel>) => Promise<Bytes>,
  policy: RetryPolicy,
  options: Cancel,
): Bytes {
  const stop = new AbortController();
  const { signal } = stop;
  // Linked by hand, so that nothing stays linked to a whole run once one request of it is over.
  const leave = (): void => stop.abort(options.signal?.reason);
  if (options.signal?.aborted === true) leave();
  options.signal?.addEventListener("abort", leave, { once: true });
  const unlink = (): void => options.signal?.removeEventListener("abort", leave);
  const read = async (attempt: number): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = attempt === 1 ? first : await again({ signal });
    // Through a stream that heeds the signal: what is read to its end cannot be cancelled otherwise.
    const heeding = bytes.pipeThrough(new TransformStream(), { signal });
    return await collect(heeding, HELD_LIMIT, "a blob");
  };
  let work: Promise<Uint8Array<ArrayBuffer>> | undefined;
  return new ReadableStream({
    async pull(controller): Promise<void> {
      work = retrying(policy, read, { signal }).finally(unlink);
      for await (const chunk of bytesOf(await work)) controller.enqueue(chunk);
      controller.close();
    },
    async cancel(reason): Promise<void> {
      unlink();
      if (work === undefined) return await first.cancel(reason);
      stop.abort(reason);
      await work.catch(() => {});
    },
  }, { highWaterMark: 0 });
}

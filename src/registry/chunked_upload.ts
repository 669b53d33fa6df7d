// A blob that goes up in chunks (distribution-spec, "Pushing a blob in chunks"), since the registry does
// not take it whole or the connection broke. What broke off goes on where the registry says that it
// stands; a session that gets no further is given up for a new one.
import { bodyOf } from "../core/streams.ts";
import type { Blob } from "../oci/descriptor.ts";
import { BlobPieces } from "./blob_pieces.ts";
import type { Ask, Connection } from "./connection.ts";
import { isRetryableStatus, RegistryError } from "./errors.ts";
import { discard } from "./exchange.ts";
import { type Answer, withDigest } from "./redirect.ts";
import { backoff, type RetryPolicy } from "./retry.ts";
import { formatChunkRange, parseProgress, type Session } from "./upload_session.ts";

/** What a {@linkcode ChunkedUpload} works with. */
export interface ChunkedUploadOptions {
  /** Where it goes. */
  readonly connection: Connection;
  /** How long is waited before it goes on. */
  readonly policy: RetryPolicy;
  /** What is sent. */
  readonly blob: Blob;
  /** On whose behalf. */
  readonly ask: Ask;
  /** Gets how many bytes are there. */
  readonly told: (bytes: number) => void;
}

/** Bytes in a chunk, unless the registry wants more or takes less: GHCR takes 4 MiB (ocx-sh/ocx#237). */
export const CHUNK_SIZE = 4 * 1024 * 1024;
/** Smallest chunk that is tried where larger ones are too large. */
const CHUNK_LEAST = 64 * 1024;
/** How often one session may break off. */
const RECOVERIES = 10;
/** How often in a row it may get no further. */
const STALLS = 2;
/** Tries for a blob whose session came to nothing: three new ones. */
export const SESSION_ATTEMPTS = 4;

/** One session in which a blob goes up in chunks. */
export class ChunkedUpload {
  readonly #options: ChunkedUploadOptions;
  readonly #minimum: number;
  readonly #pieces: BlobPieces;
  #url: URL;
  #offset = 0;
  /** The most that the registry is known to have had. */
  #most = 0;
  #length: number;
  #recoveries = 0;
  #stalls = 0;

  /** Goes on in `session`; nothing is sent yet. */
  constructor(session: Session, options: ChunkedUploadOptions) {
    this.#options = options;
    this.#url = session.url;
    this.#minimum = session.minimum;
    this.#length = Math.max(CHUNK_SIZE, session.minimum);
    this.#pieces = new BlobPieces(options.blob, options.ask);
  }

  /** Where the session goes on. */
  get url(): URL {
    return this.#url;
  }

  /** How many bytes the registry has. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * Asks the registry how much it has, and goes on from there (distribution-spec, "Getting upload
   * status").
   *
   * @return whether it said so.
   * @throws {RegistryError} where the session is no more, or there was no answer.
   */
  async locate(): Promise<boolean> {
    const { connection, ask, blob, told } = this.#options;
    const answer = await connection.send("GET", this.#url, ask);
    const { status, headers } = answer.response;
    if (![200, 202, 204].includes(status)) throw await connection.failure(answer, ask);
    await discard(answer.response);
    const held = parseProgress(headers.get("range"), blob.descriptor.size);
    if (held === undefined) return false;
    this.#follow(answer);
    this.#offset = held;
    told(held);
    return true;
  }

  /**
   * Sends what the registry does not have, and finishes the upload.
   *
   * @return the answer that finished it.
   * @throws {SourceFailure} where the blob cannot be read.
   * @throws {RegistryError} where the registry refuses, or the session gets no further.
   */
  async run(): Promise<Response> {
    const { size } = this.#options.blob.descriptor;
    try {
      while (true) {
        try {
          if (this.#offset >= size) return await this.#finish();
          await this.#append(Math.min(this.#length, size - this.#offset));
        } catch (error) {
          await this.#recover(error);
        }
      }
    } finally {
      await this.#pieces.close();
    }
  }

  async #append(length: number): Promise<void> {
    const { connection, ask, told } = this.#options;
    const body = await this.#pieces.piece(this.#offset, length);
    const headers = {
      "content-type": "application/octet-stream",
      "content-range": formatChunkRange(this.#offset, length),
    };
    const answer = await connection.send("PATCH", this.#url, { ...ask, headers, body });
    if (!answer.response.ok) throw await connection.failure(answer, ask);
    await discard(answer.response);
    this.#follow(answer);
    // Not what Range says: ECR's stays at the first chunk (aws/containers-roadmap#2831).
    this.#offset += length;
    this.#most = Math.max(this.#most, this.#offset);
    this.#stalls = 0;
    told(this.#offset);
  }

  async #finish(): Promise<Response> {
    const { connection, ask, blob } = this.#options;
    const headers = { "content-type": "application/octet-stream" };
    const url = withDigest(this.#url, blob.descriptor.digest);
    const answer = await connection.send("PUT", url, { ...ask, headers, body: NOTHING });
    if (!answer.response.ok) throw await connection.failure(answer, ask);
    await discard(answer.response);
    return answer.response;
  }

  /** Each answer may move the session; one without a Location leaves it where it is. */
  #follow(answer: Answer): void {
    if (!answer.response.headers.has("location")) return;
    this.#url = this.#options.connection.locate(answer, this.#options.ask);
  }

  /** Makes ready to go on after a failure, or throws it. */
  async #recover(error: unknown): Promise<void> {
    const { ask, policy } = this.#options;
    ask.signal?.throwIfAborted();
    if (!(error instanceof RegistryError)) throw error;
    if (error.status === 413 && this.#shrink()) return;
    const astray = error.status === 416;
    if (!astray && !error.retryable) throw error;
    if (++this.#recoveries > RECOVERIES || this.#stalls >= STALLS) {
      throw error.with({ retryable: true, attempts: SESSION_ATTEMPTS });
    }
    if (!astray) {
      // A refusal of what is too large is lost where the connection is reset with it.
      if (error.code === "network-failed" && this.#stalls > 0) this.#shrink();
      const wait = error.retryAfter ?? backoff(this.#stalls + 1, policy);
      policy.warn(`${error.message}; going on in ${(wait / 1000).toFixed(1)} s`);
      await policy.clock.wait(wait, ask);
    }
    this.#stalls++;
    if (await this.#stands(error) && this.#offset > this.#most) {
      this.#most = this.#offset;
      this.#stalls = 0;
    }
  }

  /** Asks how much the registry has; a registry that does not answer now may do so later. */
  async #stands(before: RegistryError): Promise<boolean> {
    try {
      return await this.locate();
    } catch (error) {
      this.#options.ask.signal?.throwIfAborted();
      if (!(error instanceof RegistryError)) throw error;
      const passing = error.status === undefined
        ? error.retryable
        : isRetryableStatus(error.status);
      if (passing) return false;
      if (error.code !== "registry-rejected") throw error;
      // The session is gone, or cannot be asked about: only a new one helps.
      throw before.with({ retryable: true, attempts: SESSION_ATTEMPTS });
    }
  }

  /** Makes chunks smaller; false where they may not be. */
  #shrink(): boolean {
    const left = this.#options.blob.descriptor.size - this.#offset;
    const length = Math.trunc(Math.min(this.#length, left) / 4);
    if (length < Math.max(CHUNK_LEAST, this.#minimum)) return false;
    this.#length = length;
    return true;
  }
}

const NOTHING = bodyOf(new Uint8Array());

// One request and its response: failures get their words here, and a failure of what is being sent is
// told from a failure of the wire.
import type { Transport, WireRequest } from "../core/http.ts";
import { KrustError, wrapError } from "../core/error.ts";
import type { Body, Bytes, Cancel } from "../core/streams.ts";
import { TimeLimitError } from "../core/time_limits.ts";
import type { Attempt } from "./errors.ts";
import { networkError } from "./network_error.ts";
import { relay } from "./relay.ts";

/**
 * Says that the source of a request's body failed, not the registry: it passes every retry and is
 * unwrapped by whoever opened the source.
 */
export class SourceFailure extends Error {
  /** What the source failed with. */
  readonly failure: KrustError;

  /** Wraps a failure of a source. */
  constructor(failure: KrustError) {
    super(failure.message, { cause: failure });
    this.name = "SourceFailure";
    this.failure = failure;
  }
}

/**
 * Sends one request, without credentials of its own and without following anything.
 *
 * @throws {SourceFailure} where the request's body failed.
 * @throws {RegistryError} `network-failed` where there was no response.
 */
export async function exchange(
  transport: Transport,
  request: WireRequest,
  attempt: Attempt,
  options: Cancel = {},
): Promise<Response> {
  options.signal?.throwIfAborted();
  const body = request.body === undefined ? undefined : new WatchedBody(request.body);
  try {
    // Callers have more than a signal in their options, and a body hands on what it is opened with.
    const cancel: Cancel = options.signal === undefined ? {} : { signal: options.signal };
    const response = await transport(body === undefined ? request : { ...request, body }, cancel);
    if (body?.failure === undefined) return response;
    // Whatever is said of a body that was never whole, the reason is the body's.
    await discard(response);
    throw new SourceFailure(body.failure);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof SourceFailure) throw error;
    // fetch keeps only the message of what a body failed with, so the body is asked.
    if (body?.failure !== undefined) throw new SourceFailure(body.failure);
    // What was wrong before anything was sent: a certificate or a proxy's address that cannot be used.
    if (error instanceof KrustError && !(error instanceof TimeLimitError)) throw error;
    throw networkError(error, request.url, attempt);
  }
}

/** A body that remembers how it failed, and fails where it is not as large as it said. */
class WatchedBody implements Body {
  readonly #body: Body;
  failure: KrustError | undefined;

  constructor(body: Body) {
    this.#body = body;
  }

  get size(): number {
    return this.#body.size;
  }

  async open(options?: Cancel): Promise<Bytes> {
    const fail = (error: unknown): KrustError => {
      this.failure = wrapError("store-failed", "cannot read what is to be sent", error);
      return this.failure;
    };
    let sent = 0;
    const bytes = await this.#body.open(options).catch((error) => {
      throw fail(error);
    });
    return relay(bytes, {
      fail,
      chunk: (chunk): void => {
        sent += chunk.length;
        if (sent > this.size) throw wrongSize(sent, this.size);
      },
      end: (): void => {
        if (sent !== this.size) throw wrongSize(sent, this.size);
      },
    });
  }
}

/** The error for a source that gives more or less than it said. */
export function wrongSize(sent: number, size: number): KrustError {
  return new KrustError(
    "digest-mismatch",
    `content to be sent has ${sent > size ? "more than its" : `${sent} of its`} ${size} bytes`,
  );
}

/** Lets go of a response that is not read further. */
export async function discard(response: Response): Promise<void> {
  try {
    await response.body?.cancel();
  } catch {
    // The connection broke: there is nothing left to let go of.
  }
}

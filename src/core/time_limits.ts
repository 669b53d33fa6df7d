// Limits on waiting, as a decorator of a transport: a server that says nothing, or takes nothing of what
// it is sent, fails the request. The whole has no limit: what is slow but moves is well.
import { KrustError } from "./error.ts";
import type { Transport, WireRequest } from "./http.ts";
import type { Body, Bytes, Cancel } from "./streams.ts";

/** How long is waited for the other side, in milliseconds. */
export interface TimeLimits {
  /**
   * For the head of the answer, once all was sent; connecting is part of it. As long again is added for
   * each 2 MiB that were sent, 4 MiB at most: so much may still lie in buffers on the way.
   */
  readonly answer: number;
  /** For a chunk of the request to be taken. */
  readonly sending: number;
  /** For a chunk of the answer to come. */
  readonly reading: number;
}

/** A minute for each. */
export const DEFAULT_TIME_LIMITS: TimeLimits = {
  answer: 60_000,
  sending: 60_000,
  reading: 60_000,
};

/** What may lie in the buffers of both sides and was sent as far as anybody here can tell, in bytes. */
const BUFFERED = 4 * 1024 * 1024;
/** Bytes of it for which the limit is waited once more: half a minute for a MiB. */
const BUFFERED_STEP = 2 * 1024 * 1024;

/** Rings once after some milliseconds, unless the function that it gives is called before. */
export type Alarm = (milliseconds: number, ring: () => void) => () => void;

/** The alarm of this process. */
export const SYSTEM_ALARM: Alarm = (milliseconds: number, ring: () => void): () => void => {
  const timer = setTimeout(ring, milliseconds);
  return () => clearTimeout(timer);
};

/** Says that the other side was waited for too long; its message names the host and the time. */
export class TimeLimitError extends KrustError {
  /** Makes the error. */
  constructor(message: string) {
    super("network-failed", message);
    this.name = "TimeLimitError";
  }
}

/** What is waited for, and how that is said. */
const SAY: Readonly<Record<keyof TimeLimits, (host: string, seconds: number) => string>> = {
  answer: (host, seconds) => `timed out: no answer from ${host} for ${seconds} s`,
  sending: (host, seconds) => `timed out: ${host} took nothing of what is sent for ${seconds} s`,
  reading: (host, seconds) => `timed out: nothing came from ${host} for ${seconds} s`,
};

/**
 * A transport that waits no longer than `limits` say. The time that a request's own body takes to be
 * read, or its answer's reader to come back for more, does not count.
 *
 * The transport rejects, and a response's body fails, with a {@linkcode TimeLimitError}.
 */
export function timeLimited(
  transport: Transport,
  limits: Partial<TimeLimits> = {},
  alarm: Alarm = SYSTEM_ALARM,
): Transport {
  const all: TimeLimits = { ...DEFAULT_TIME_LIMITS, ...limits };
  return async (request, options = {}) => {
    const { signal } = options;
    signal?.throwIfAborted();
    const stop = new AbortController();
    const watch = new Watch(request.url.host, all, alarm, stop);
    // Linked by hand, so that nothing stays linked to a whole run once one request of it is over.
    const leave = (): void => stop.abort(signal?.reason);
    const unlink = (): void => signal?.removeEventListener("abort", leave);
    signal?.addEventListener("abort", leave, { once: true });
    watch.await(request.body !== undefined && request.body.size > 0 ? "sending" : "answer");
    try {
      const sent = watchedRequest(request, watch, options);
      const response = await transport(sent, { signal: stop.signal });
      watch.end();
      if (response.body === null) unlink();
      return watchedResponse(response, new Watch(request.url.host, all, alarm, stop), unlink);
    } catch (error) {
      watch.end();
      unlink();
      throw stop.signal.aborted ? stop.signal.reason : error;
    }
  };
}

/** One thing at a time that is waited for. */
class Watch {
  readonly #host: string;
  readonly #limits: TimeLimits;
  readonly #alarm: Alarm;
  readonly #stop: AbortController;
  #silence: (() => void) | undefined;
  #over = false;

  /** A watch at rest, which aborts `stop` where something is waited for too long. */
  constructor(host: string, limits: TimeLimits, alarm: Alarm, stop: AbortController) {
    this.#host = host;
    this.#limits = limits;
    this.#alarm = alarm;
    this.#stop = stop;
  }

  /** Is aborted, with a {@linkcode TimeLimitError}, where something was waited for too long. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Waits for the other side from now on, `sent` bytes having been handed over. */
  await(what: keyof TimeLimits, sent = 0): void {
    this.rest();
    if (this.#over) return;
    const times = 1 + Math.min(sent, BUFFERED) / BUFFERED_STEP;
    const milliseconds = Math.round(this.#limits[what] * times);
    const message = SAY[what](this.#host, Math.round(milliseconds / 1000) || milliseconds / 1000);
    this.#silence = this.#alarm(milliseconds, () => this.#stop.abort(new TimeLimitError(message)));
  }

  /** Waits for nothing that is the other side's. */
  rest(): void {
    this.#silence?.();
    this.#silence = undefined;
  }

  /** Waits for nothing ever again. */
  end(): void {
    this.#over = true;
    this.rest();
  }
}

function watchedRequest(request: WireRequest, watch: Watch, options: Cancel): WireRequest {
  const { body } = request;
  if (body === undefined) return request;
  const watched: Body = {
    size: body.size,
    async open(): Promise<Bytes> {
      watch.rest();
      // Not with the watch's own signal: a server that is too slow is no failure of the source.
      const bytes = await body.open(options);
      watch.await("sending");
      return handedOn(bytes, {
        asked: () => watch.rest(),
        given: () => watch.await("sending"),
        ended: () => watch.await("answer", body.size),
      });
    },
  };
  return { ...request, body: watched };
}

function watchedResponse(response: Response, watch: Watch, unlink: () => void): Response {
  if (response.body === null) return response;
  const { status, statusText, headers } = response;
  const body = handedOn(response.body, {
    asked: () => watch.await("reading"),
    given: () => watch.rest(),
    ended: (): void => {
      watch.end();
      unlink();
    },
    failure: (error) => watch.signal.aborted ? watch.signal.reason : error,
  });
  return new Response(body, { status, statusText, headers });
}

/** What is told of bytes as they are handed on. */
interface Steps {
  /** A chunk is wanted. */
  readonly asked: () => void;
  /** It was handed on. */
  readonly given: () => void;
  /** There are no more, for whatever reason. */
  readonly ended: () => void;
  /** Gives what the bytes fail with in place of what they failed with. */
  readonly failure?: (error: unknown) => unknown;
}

function handedOn(bytes: Bytes, steps: Steps): Bytes {
  const reader = bytes.getReader();
  let cancelled = false;
  return new ReadableStream({
    async pull(controller): Promise<void> {
      steps.asked();
      try {
        const { done, value } = await reader.read();
        // A cancel ends the read under way.
        if (cancelled) return;
        if (!done) {
          steps.given();
          return controller.enqueue(value);
        }
        steps.ended();
        controller.close();
      } catch (error) {
        steps.ended();
        throw steps.failure === undefined ? error : steps.failure(error);
      }
    },
    async cancel(reason): Promise<void> {
      cancelled = true;
      steps.ended();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

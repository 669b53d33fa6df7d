// The seam to the wire: a request as a value, and a function that sends it.
import type { Body, Bytes, Cancel } from "./streams.ts";

/** One HTTP request; its body can be opened as often as a retry or redirect needs. */
export interface WireRequest {
  /** `GET`, `PUT`, … */
  readonly method: string;
  /** Absolute address. */
  readonly url: URL;
  /** Headers; `Content-Length` is set from the body. */
  readonly headers: Headers;
  /** What is sent, if anything. */
  readonly body?: Body;
}

/**
 * Sends one request and gives its response as it is: redirects are not followed, bodies are not
 * decoded. Rejects only when there was no response.
 */
export type Transport = (request: WireRequest, options?: Cancel) => Promise<Response>;

/** A body of known size as a Blob, the one form that `fetch` streams with a `Content-Length`. */
class StreamedBlob extends Blob {
  readonly #body: Body;
  readonly #open: () => Bytes;

  constructor(body: Body, options: Cancel) {
    super([]);
    this.#body = body;
    this.#open = () => deferred(() => body.open(options));
  }

  override get size(): number {
    return this.#body.size;
  }

  override stream(): Bytes {
    return this.#open();
  }
}

/** A stream whose source is opened only when it is first read. */
function deferred(open: () => Promise<Bytes>): Bytes {
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  return new ReadableStream({
    async pull(controller): Promise<void> {
      reader ??= (await open()).getReader();
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason): Promise<void> {
      await reader?.cancel(reason);
    },
  });
}

/**
 * The transport over `fetch`. A body goes out streamed with an exact `Content-Length` (a
 * `ReadableStream` would go out chunked, which distribution-spec's PUT and S3-backed registries do
 * not take: denoland/deno#35109); `tests/unit/core/http_test.ts` guards the Deno internals it leans on.
 */
export function fetchTransport(): Transport {
  return (request, options = {}) => {
    const headers = new Headers(request.headers);
    // Digests are of the bytes on the wire: fetch would ask for gzip by itself, and decode it.
    if (!headers.has("accept-encoding")) headers.set("accept-encoding", "identity");
    return fetch(request.url, {
      method: request.method,
      headers,
      redirect: "manual",
      ...(request.body === undefined ? {} : { body: new StreamedBlob(request.body, options) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  };
}

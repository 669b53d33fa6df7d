// The seam to the wire: a request as a value, and a function that sends it.
import type { Body, Bytes, Cancel } from "./streams.ts";
import { type Tls, TlsClients } from "./tls.ts";
import { Upload } from "./upload.ts";

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
  /** Certificates beyond the runtime's own; the same object each time, so that connections are shared. */
  readonly tls?: Tls;
}

/**
 * Sends one request and gives its response as it is: redirects are not followed, bodies are not
 * decoded. Rejects only when there was no response: where the body was the reason, with its error.
 */
export type Transport = (request: WireRequest, options?: Cancel) => Promise<Response>;

/**
 * The transport over `fetch`. A body goes out streamed with an exact `Content-Length` (a
 * `ReadableStream` would go out chunked, which distribution-spec's PUT and S3-backed registries do
 * not take: denoland/deno#35109); `tests/unit/core/http_test.ts` guards the Deno internals it leans on.
 */
export function fetchTransport(): Transport & Disposable {
  const clients = new TlsClients();
  const transport: Transport = async (request, options = {}) => {
    const headers = new Headers(request.headers);
    // Digests are of the bytes on the wire: fetch would ask for gzip by itself, and decode it.
    if (!headers.has("accept-encoding")) headers.set("accept-encoding", "identity");
    const upload = request.body === undefined || request.body.size === 0
      ? undefined
      : new Upload(request.body, options);
    // fetch sends an empty Blob chunked.
    const body = request.body?.size === 0 ? new Uint8Array() : upload;
    try {
      const response = await fetch(request.url, {
        method: request.method,
        headers,
        redirect: "manual",
        ...(body === undefined ? {} : { body }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        ...(request.tls === undefined ? {} : { client: clients.get(request.tls) }),
      });
      return upload === undefined || upload.over ? response : answeredEarly(response, upload);
    } catch (error) {
      await upload?.end(error);
      throw upload?.failure === undefined ? error : upload.failure.error;
    }
  };
  return Object.assign(transport, { [Symbol.dispose]: () => clients[Symbol.dispose]() });
}

/**
 * A response that came before its request was sent (401, 413). Deno would go on sending, or keep the
 * source open for ever; so sending ends with the response, but not before: that would cut it off.
 */
async function answeredEarly(response: Response, upload: Upload): Promise<Response> {
  const end = (): Promise<void> => upload.end(new Error("the server has answered already"));
  const { status, statusText, headers } = response;
  const reader = response.body?.getReader();
  if (reader === undefined) {
    await end();
    return response;
  }
  const body: Bytes = new ReadableStream({
    async pull(controller): Promise<void> {
      const next = await reader.read().catch(async (error) => {
        await end();
        throw error;
      });
      if (!next.done) return controller.enqueue(next.value);
      await end();
      controller.close();
    },
    async cancel(reason): Promise<void> {
      await reader.cancel(reason);
      await end();
    },
  }, { highWaterMark: 0 });
  return new Response(body, { status, statusText, headers });
}

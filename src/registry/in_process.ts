// A handler as a transport: the client talks to the server without a socket, with the wire's own rules.
import type { Transport } from "../core/http.ts";
import type { Bytes } from "../core/streams.ts";
import { relay } from "./relay.ts";
import type { RegistryHandler } from "./server.ts";

/**
 * A transport whose every request is answered by `handler`. As over a wire, a body that fails is a
 * request that fails, a body comes with its length, and a HEAD has no body.
 */
export function transportOf(handler: RegistryHandler): Transport {
  return async (request, options = {}) => {
    const { signal } = options;
    signal?.throwIfAborted();
    const headers = new Headers(request.headers);
    let failure: unknown;
    let body: Bytes | undefined;
    if (request.body !== undefined) {
      headers.set("content-length", String(request.body.size));
      body = relay(await request.body.open(options), {
        chunk: () => signal?.throwIfAborted(),
        fail: (error) => failure = error,
      });
    }
    const response = await handler(
      new Request(request.url, {
        method: request.method,
        headers,
        redirect: "manual",
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      }),
    );
    // What the handler did not read, nobody will.
    if (body?.locked === false) await body.cancel();
    signal?.throwIfAborted();
    if (failure !== undefined) {
      await response.body?.cancel();
      throw new TypeError("fetch failed", { cause: failure });
    }
    return response;
  };
}

// A registry that answers everything but one kind of request, and says when such a one has come.
import { parseEndpoint } from "../../src/registry/endpoints.ts";
import { MemoryRegistry } from "../../src/registry/memory.ts";
import { serveRegistry } from "../../src/registry/server.ts";

/** A registry that runs. */
export interface StallingRegistry extends AsyncDisposable {
  /** Host and port. */
  readonly host: string;
  /** What it holds. */
  readonly memory: MemoryRegistry;
  /** Settles when a request has come that is not answered. */
  readonly reached: Promise<void>;
}

/**
 * Starts one on a port of its own.
 *
 * @param stalls whether a request, by the endpoint's kind and the path, is never answered.
 */
export function stallingRegistry(
  stalls: (kind: string, path: string) => boolean,
): StallingRegistry {
  const memory = new MemoryRegistry("stalling.test");
  const answer = serveRegistry(memory);
  const reached = Promise.withResolvers<void>();
  const end = Promise.withResolvers<Response>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const url = new URL(request.url);
    if (!stalls(parseEndpoint(request.method, url).kind, url.pathname)) return answer(request);
    reached.resolve();
    return end.promise;
  });
  return {
    host: `127.0.0.1:${server.addr.port}`,
    memory,
    reached: reached.promise,
    async [Symbol.asyncDispose](): Promise<void> {
      end.resolve(new Response(null, { status: 503 }));
      await server.shutdown();
    },
  };
}

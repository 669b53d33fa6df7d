// Listening for HTTP requests, behind the Host like all else that is the process's own.

/** Where to listen. */
export interface ListenAddress {
  /** A name or address of this machine. */
  readonly hostname: string;
  /** 0 picks one that is free. */
  readonly port: number;
}

/** A server that listens. */
export interface Listening {
  /** The port that it listens on. */
  readonly port: number;
  /** Stops at once; requests under way are cut off. Settles when the last of them has ended. */
  close(): Promise<void>;
}

/**
 * Answers requests with what `handle` gives.
 *
 * @param handle never rejects.
 * @throws the system's error where it cannot listen there.
 */
export function listen(
  handle: (request: Request) => Promise<Response>,
  { hostname, port }: ListenAddress,
): Listening {
  // Deno 2.9's own `shutdown()` breaks the bodies that are being read and then waits for them.
  const stop = new AbortController();
  const server = Deno.serve({ hostname, port, signal: stop.signal, onListen(): void {} }, handle);
  return {
    port: server.addr.port,
    async close(): Promise<void> {
      stop.abort();
      await server.finished;
    },
  };
}

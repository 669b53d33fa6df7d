// Limits on connecting, as a decorator of a transport. The runtime tells nobody when a connection stands,
// and waits for one for minutes; so a request that has no answer yet is looked into.
import type { Transport, WireRequest } from "./http.ts";
import type { Body, Cancel } from "./streams.ts";
import { type Alarm, TimeLimitError } from "./time_limits.ts";

/** Whom a request connects to: its server, or a proxy. */
export interface Peer {
  /** A name or an address, IPv6 without brackets. */
  readonly hostname: string;
  /** Its port. */
  readonly port: number;
  /** What it is called in messages. */
  readonly name: string;
}

/** Connects, and lets go of the connection; rejects where that fails, or with the signal's reason. */
export type Connect = (peer: Peer, options: Required<Cancel>) => Promise<void>;

/** How long is waited for a connection, in milliseconds. */
export const CONNECT_LIMIT = 30_000;

/** What {@linkcode connectLimited} works with. */
export interface ConnectLimitOptions {
  /** Whom a request for this address connects to. */
  readonly peer: (url: URL) => Peer;
  /** Connects by itself. */
  readonly connect: Connect;
  /** Measures the time. */
  readonly alarm: Alarm;
}

/** Connects over TCP. */
export async function connectOverTcp(
  { hostname, port }: Peer,
  { signal }: Required<Cancel>,
): Promise<void> {
  (await Deno.connect({ hostname, port, signal })).close();
}

/** The peer that a URL names itself. */
export function peerOf(url: URL): Peer {
  const port = url.port === "" ? url.protocol === "https:" ? 443 : 80 : Number(url.port);
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { hostname, port, name: `${url.hostname}:${port}` };
}

/**
 * A transport that gives up where nobody can be connected to for {@linkcode CONNECT_LIMIT}. After two
 * thirds of it without an answer a second connection is tried: if that stands, the server is slow to
 * answer, which is no business of this limit.
 *
 * The transport rejects with a {@linkcode TimeLimitError}.
 */
export function connectLimited(transport: Transport, options: ConnectLimitOptions): Transport {
  return async (request, { signal } = {}) => {
    const stop = new AbortController();
    // Stays linked: the answer's body is still the caller's to cancel.
    signal?.addEventListener("abort", () => stop.abort(signal.reason), { once: true });
    const wait = watchConnecting(request.url, options, stop);
    try {
      return await transport(withOpening(request, wait), { signal: stop.signal });
    } catch (error) {
      throw stop.signal.aborted ? stop.signal.reason : error;
    } finally {
      wait();
    }
  };
}

/** Aborts `stop` where the limit passes; gives what ends that. */
function watchConnecting(
  url: URL,
  { peer: peerFor, connect, alarm }: ConnectLimitOptions,
  stop: AbortController,
): () => void {
  const peer = peerFor(url);
  const look = new AbortController();
  const end = (): void => {
    doubt();
    limit();
    look.abort();
  };
  const doubt = alarm(CONNECT_LIMIT * 2 / 3, () => {
    connect(peer, { signal: look.signal }).then(end, () => {});
  });
  const limit = alarm(CONNECT_LIMIT, () => {
    look.abort();
    stop.abort(
      new TimeLimitError(`connecting to ${peer.name} timed out after ${CONNECT_LIMIT / 1000} s`),
    );
  });
  return end;
}

/** A request whose body is asked for once there is a connection to send it on. */
function withOpening(request: WireRequest, connected: () => void): WireRequest {
  const { body } = request;
  if (body === undefined) return request;
  const watched: Body = {
    size: body.size,
    open(options) {
      connected();
      return body.open(options);
    },
  };
  return { ...request, body: watched };
}

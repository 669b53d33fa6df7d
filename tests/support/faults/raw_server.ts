// HTTP/1.1 by hand on a socket of 127.0.0.1, one request a connection, so that an answer can be cut,
// mute or no HTTP at all: what a well-made server would not let a test do.
import { concat } from "../../../src/core/streams.ts";

/** How an answer goes out; without any of these, as HTTP wants it. */
export interface RawAnswer {
  /** The answer; without one the connection just ends. */
  readonly response?: Response;
  /** Bytes instead of an answer. */
  readonly bytes?: string;
  /** The connection ends after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Nothing says how long the body is: the end of the connection is its end. */
  readonly unannounced?: boolean;
  /** Settles when the connection may end; until then it stays open and mute. */
  readonly silentUntil?: Promise<void>;
}

/** Answers one request. */
export type RawHandler = (request: Request) => Promise<RawAnswer>;

/** A server that runs. */
export interface RawServer extends AsyncDisposable {
  /** Host and port. */
  readonly host: string;
  /** Connections that were taken so far. */
  readonly connections: number;
}

/**
 * Starts a server on a port of its own.
 *
 * @param handler answers a request; a text is said to everybody who connects, unasked.
 */
export function rawServer(handler: RawHandler | string): RawServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const host = `127.0.0.1:${listener.addr.transport === "tcp" ? listener.addr.port : 0}`;
  const open = new Set<Deno.Conn>();
  const work = new Set<Promise<void>>();
  let connections = 0;
  const accepting = (async (): Promise<void> => {
    for await (const connection of listener) {
      connections++;
      open.add(connection);
      const done = serve(connection, host, handler).catch(() => {
        // The client has gone: whether it should have is what the test looks at.
      }).finally(() => {
        open.delete(connection);
        close(connection);
        work.delete(done);
      });
      work.add(done);
    }
  })();
  return {
    host,
    get connections(): number {
      return connections;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      try {
        listener.close();
      } catch {
        // It was closed before.
      }
      for (const connection of open) close(connection);
      await Promise.all([accepting, ...work]);
    },
  };
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}

async function serve(
  connection: Deno.Conn,
  host: string,
  handler: RawHandler | string,
): Promise<void> {
  if (typeof handler === "string") {
    await write(connection, new TextEncoder().encode(handler));
    // Closing with what came unread would be a reset, which takes the words back.
    await readChunk(connection);
    return;
  }
  const request = await readRequest(connection, host);
  if (request === undefined) return;
  const { response, bytes, cutAfter = Infinity, unannounced, silentUntil } = await handler(request);
  await silentUntil;
  if (bytes !== undefined) return await write(connection, new TextEncoder().encode(bytes));
  if (response === undefined) return;
  await write(connection, new TextEncoder().encode(formatHead(response, unannounced === true)));
  let left = cutAfter;
  for await (const chunk of response.body ?? []) {
    await write(connection, chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) return;
  }
}

function formatHead(response: Response, unannounced: boolean): string {
  const headers = new Headers(response.headers);
  headers.set("connection", "close");
  if (unannounced) headers.delete("content-length");
  else if (response.body === null && !headers.has("content-length")) {
    headers.set("content-length", "0");
  }
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${response.status} Status`, ...lines, "", ""].join("\r\n");
}

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Reads a request's head; its body is read when it is wanted. Undefined where none came. */
async function readRequest(connection: Deno.Conn, host: string): Promise<Request | undefined> {
  const chunks: Uint8Array[] = [];
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    const chunk = await readChunk(connection);
    // A TLS handshake begins with this byte: whoever wants TLS here hears nothing.
    if (chunk === undefined || (chunks.length === 0 && chunk[0] === 0x16)) return undefined;
    chunks.push(chunk);
    text += new TextDecoder("latin1").decode(chunk);
  }
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const [method = "GET", path = "/"] = first.split(" ");
  const headers = new Headers(lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  }));
  const size = Number(headers.get("content-length") ?? 0);
  const all = concat(chunks, chunks.reduce((sum, { length }) => sum + length, 0));
  const body = bodyOf(connection, all.subarray(end + 4), size);
  const bodiless = method === "GET" || method === "HEAD";
  return new Request(`http://${host}${path}`, {
    method,
    headers,
    ...(bodiless ? {} : { body }),
  });
}

async function readChunk(connection: Deno.Conn): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const buffer = new Uint8Array(65_536);
  const length = await connection.read(buffer);
  return length === null ? undefined : buffer.subarray(0, length);
}

function bodyOf(
  connection: Deno.Conn,
  first: Uint8Array<ArrayBuffer>,
  size: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let left = size;
  let held: Uint8Array<ArrayBuffer> | undefined = first.length > 0 ? first : undefined;
  return new ReadableStream({
    async pull(controller): Promise<void> {
      if (left <= 0) return controller.close();
      const chunk = held ?? await readChunk(connection);
      held = undefined;
      if (chunk === undefined) throw new Error("the client broke off");
      left -= chunk.length;
      controller.enqueue(chunk);
    },
  }, { highWaterMark: 0 });
}

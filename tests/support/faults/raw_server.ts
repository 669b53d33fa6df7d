// HTTP/1.1 by hand on a socket of 127.0.0.1, one request a connection, so that an answer can be cut,
// mute or no HTTP at all: what a well-made server would not let a test do.

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
  /** Settles when the connection may end; until then, or the server's end, it stays open and mute. */
  readonly silentUntil?: Promise<void>;
  /** The connection ends with a reset, which also takes back what was not received yet. */
  readonly reset?: boolean;
  /** Called after each piece of so many bytes of the body; the next one waits for it. */
  readonly pace?: { readonly bytes: number; readonly step: () => Promise<void> };
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
  const closing = Promise.withResolvers<void>();
  const accepting = (async (): Promise<void> => {
    for await (const connection of listener) {
      connections++;
      open.add(connection);
      const done = serve(connection, host, handler, closing.promise).catch(() => {
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
      closing.resolve();
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
  closing: Promise<void>,
): Promise<void> {
  if (typeof handler === "string") {
    await write(connection, new TextEncoder().encode(handler));
    // Closing with what came unread would be a reset, which takes the words back.
    await readChunk(connection);
    return;
  }
  const received = await readRequest(connection, host);
  if (received === undefined) return;
  const { request, readHead } = received;
  const { response, bytes, cutAfter = Infinity, unannounced, silentUntil, ...how } = await handler(
    request,
  );
  if (silentUntil !== undefined) await Promise.race([silentUntil, closing]);
  // What is left unread makes the end of the connection a reset.
  if (how.reset !== true) await readHead();
  if (bytes !== undefined) return await write(connection, new TextEncoder().encode(bytes));
  if (response === undefined) return;
  await write(connection, new TextEncoder().encode(formatHead(response, unannounced === true)));
  let left = cutAfter;
  for await (const chunk of response.body ?? []) {
    for (const piece of pieces(chunk.subarray(0, left), how.pace?.bytes)) {
      await write(connection, piece);
      if (how.pace !== undefined) await Promise.race([how.pace.step(), closing]);
    }
    left -= chunk.length;
    if (left <= 0) return;
  }
}

function* pieces(chunk: Uint8Array, size = chunk.length): Generator<Uint8Array> {
  for (let at = 0; at < chunk.length; at += size) yield chunk.subarray(at, at + size);
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

/** A request whose head has come, but for its very last byte. */
interface Received {
  readonly request: Request;
  /** Reads that byte; to be called before the answer, unless the connection is to be reset. */
  readonly readHead: () => Promise<void>;
}

/** Reads a request's head; its body is read when it is wanted. Undefined where none came. */
async function readRequest(connection: Deno.Conn, host: string): Promise<Received | undefined> {
  const byte = new Uint8Array(1);
  let text = "";
  while (!text.endsWith("\r\n\r")) {
    if (await connection.read(byte) === null) return undefined;
    // A TLS handshake begins with this byte: whoever wants TLS here hears nothing.
    if (text === "" && byte[0] === 0x16) return undefined;
    text += String.fromCharCode(byte[0] ?? 0);
  }
  let whole: Promise<unknown> | undefined;
  const readHead = async (): Promise<void> => void await (whole ??= connection.read(byte));
  const [first = "", ...lines] = text.slice(0, -3).split("\r\n");
  const [method = "GET", path = "/"] = first.split(" ");
  const headers = new Headers(lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  }));
  const size = Number(headers.get("content-length") ?? 0);
  const body = bodyOf(connection, readHead, size);
  const bodiless = method === "GET" || method === "HEAD";
  const request = new Request(`http://${host}${path}`, {
    method,
    headers,
    ...(bodiless ? {} : { body }),
  });
  return { request, readHead };
}

async function readChunk(connection: Deno.Conn): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const buffer = new Uint8Array(65_536);
  const length = await connection.read(buffer);
  return length === null ? undefined : buffer.subarray(0, length);
}

function bodyOf(
  connection: Deno.Conn,
  readHead: () => Promise<void>,
  size: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let left = size;
  return new ReadableStream({
    async pull(controller): Promise<void> {
      await readHead();
      if (left <= 0) return controller.close();
      const chunk = await readChunk(connection);
      if (chunk === undefined) throw new Error("the client broke off");
      left -= chunk.length;
      controller.enqueue(chunk);
    },
  }, { highWaterMark: 0 });
}

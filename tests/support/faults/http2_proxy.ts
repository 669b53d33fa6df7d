// HTTP/2 over TLS before a server that speaks HTTP/2 in plain: frames pass as they are, until one of them
// is the moment to break off, as servers do that are restarted or think too much is asked of them.
import { concat } from "../../../src/core/streams.ts";

/** Types of frames (RFC 9113 6). */
const DATA = 0x0;
const RST_STREAM = 0x3;
const GOAWAY = 0x7;
const WINDOW_UPDATE = 0x8;
/** Length, type, flags and stream (RFC 9113 4.1). */
const HEAD = 9;
/** REFUSED_STREAM and ENHANCE_YOUR_CALM would say more; INTERNAL_ERROR is what most servers say. */
const INTERNAL_ERROR = 0x2;

/** When and how a connection breaks off. */
export interface Break {
  /** Whose body is cut: the answer's, or the request's. */
  readonly of: "answer" | "request";
  /** How many bytes of bodies pass that way first, on one connection. */
  readonly after: number;
  /** The stream alone, or the whole connection, which is closed behind it. */
  readonly by: "RST_STREAM" | "GOAWAY";
  /** How many connections it meets. */
  readonly times: number;
}

/** What the proxy works with. */
export interface Http2ProxyOptions {
  /** In PEM. */
  readonly cert: string;
  /** In PEM. */
  readonly key: string;
  /** Where the server listens on 127.0.0.1. */
  readonly port: number;
  readonly breaks: Break;
}

/** A proxy that runs. */
export interface Http2Proxy extends AsyncDisposable {
  /** Host and port. */
  readonly host: string;
  /** Connections that were broken off. */
  readonly broken: number;
}

/** Starts a proxy. */
export function http2Proxy({ cert, key, port, breaks }: Http2ProxyOptions): Http2Proxy {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert,
    key,
    alpnProtocols: ["h2"],
  });
  const open = new Set<Deno.Conn>();
  const work: Promise<unknown>[] = [];
  let broken = 0;
  const serve = async (client: Deno.Conn): Promise<void> => {
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    open.add(server);
    const strike = async (stream: number): Promise<void> => {
      broken++;
      await write(client, breakFrame(breaks.by, stream));
      if (breaks.by === "GOAWAY") close(client);
      // A server that breaks a stream off reads no more of it.
      else await write(server, breakFrame(breaks.by, stream));
    };
    const armed = (): boolean => broken < breaks.times;
    const of = (side: Break["of"]): Strike | undefined =>
      breaks.of === side ? { after: breaks.after, armed, strike } : undefined;
    await Promise.all([
      pump(client, server, PREFACE, of("request")),
      pump(server, client, 0, of("answer")),
    ]);
  };
  const accepting = (async (): Promise<void> => {
    for await (const client of listener) {
      open.add(client);
      work.push(serve(client).catch(() => {}));
    }
  })();
  return {
    host: `127.0.0.1:${listener.addr.port}`,
    get broken(): number {
      return broken;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      for (const connection of open) close(connection);
      await Promise.all([accepting.catch(() => {}), ...work]);
    },
  };
}

/** Bytes with which a client begins, before its first frame (RFC 9113 3.4). */
const PREFACE = 24;

interface Strike {
  readonly after: number;
  readonly armed: () => boolean;
  readonly strike: (stream: number) => Promise<void>;
}

/** Passes frames on, and strikes once so many bytes of bodies have passed. */
async function pump(
  from: Deno.Conn,
  to: Deno.Conn,
  preface: number,
  strike: Strike | undefined,
): Promise<void> {
  let held = new Uint8Array();
  let skip = preface;
  let passed = 0;
  let struck: number | undefined;
  try {
    for (const buffer = new Uint8Array(65_536);;) {
      const read = await from.read(buffer);
      if (read === null) break;
      held = concat([held, buffer.subarray(0, read)]);
      for (let frame = next(held, skip); frame !== undefined; frame = next(held, skip)) {
        skip = 0;
        held = held.slice(frame.bytes.length);
        if (frame.type === DATA) passed += frame.bytes.length - HEAD;
        if (strike?.armed() === true && struck === undefined && passed > strike.after) {
          struck = frame.stream;
          await strike.strike(frame.stream);
        }
        if (frame.stream !== struck) await write(to, frame.bytes);
        // What goes no further still counts against what the connection may have under way.
        else if (frame.type === DATA && frame.bytes.length > HEAD) {
          await write(from, makeFrame(WINDOW_UPDATE, 0, [frame.bytes.length - HEAD]));
        }
      }
    }
  } catch {
    // One side is gone: the other follows.
  }
  close(from);
  close(to);
}

interface Frame {
  readonly bytes: Uint8Array;
  readonly type: number;
  readonly stream: number;
}

/** The first frame, with what comes before it; undefined where it is not whole. */
function next(bytes: Uint8Array, skip: number): Frame | undefined {
  if (bytes.length < skip + HEAD) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + skip);
  const length = view.getUint32(0) >>> 8;
  const end = skip + HEAD + length;
  if (bytes.length < end) return undefined;
  const [type, stream] = [view.getUint8(3), view.getUint32(5)];
  return { bytes: bytes.subarray(0, end), type, stream };
}

function breakFrame(by: Break["by"], stream: number): Uint8Array {
  return by === "GOAWAY"
    ? makeFrame(GOAWAY, 0, [0, INTERNAL_ERROR])
    : makeFrame(RST_STREAM, stream, [INTERNAL_ERROR]);
}

/** A frame whose payload is words of 32 bits. */
function makeFrame(type: number, stream: number, payload: readonly number[]): Uint8Array {
  const frame = new DataView(new ArrayBuffer(HEAD + payload.length * 4));
  frame.setUint32(0, (payload.length * 4) << 8 | type);
  frame.setUint32(5, stream);
  for (const [at, word] of payload.entries()) frame.setUint32(HEAD + at * 4, word);
  return new Uint8Array(frame.buffer);
}

/** The end of the last frame that is written to a connection: two at once would mix. */
const turns = new WeakMap<Deno.Conn, Promise<void>>();

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  const before = turns.get(connection) ?? Promise.resolve();
  const turn = before.then(async () => {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  });
  turns.set(connection, turn.catch(() => {}));
  await turn;
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}

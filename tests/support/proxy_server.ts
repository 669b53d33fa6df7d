// A forward proxy on loopback: tunnels (CONNECT) and plain HTTP requests with an absolute address. What
// goes through is counted, not kept.

/** What a proxy does and has seen. */
export interface ProxyServer extends AsyncDisposable {
  /** Host and port. */
  readonly host: string;
  /** The first line of each request, in order. */
  readonly requests: readonly string[];
  /** The `Proxy-Authorization` of each request that had one. */
  readonly authorizations: readonly string[];
  /** Bytes that went from clients to servers. */
  readonly sent: () => number;
}

/** Options of {@linkcode startProxy}. */
export interface ProxyOptions {
  /** Answers every request with this in place of serving it: `407 Proxy Authentication Required`. */
  readonly refuse?: string;
  /** Where requests go, whatever host they name; undefined for the one that they name. */
  readonly target?: string;
}

/** Starts a proxy. */
export function startProxy({ refuse, target }: ProxyOptions = {}): ProxyServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  const requests: string[] = [];
  const authorizations: string[] = [];
  let sent = 0;

  async function serve(client: Deno.TcpConn): Promise<void> {
    const head = await readHead(client);
    if (head === undefined) return;
    const [first = "", ...headers] = head.text.split("\r\n");
    requests.push(first);
    for (const line of headers) {
      const [, value] = /^proxy-authorization: (.*)$/i.exec(line) ?? [];
      if (value !== undefined) authorizations.push(value);
    }
    const [method = "", address = ""] = first.split(" ");
    if (refuse !== undefined) {
      await writeText(
        client,
        `HTTP/1.1 ${refuse}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
      );
      return;
    }
    const tunnel = method === "CONNECT";
    const named = tunnel ? address : new URL(address).host;
    const [hostname = "", port = "80"] = (target ?? named).split(":");
    const server = await Deno.connect({ hostname, port: Number(port) });
    open.add(server);
    if (tunnel) await writeText(client, "HTTP/1.1 200 OK\r\n\r\n");
    else await writeText(server, forwarded(method, address, headers));
    await writeAll(server, head.rest);
    await Promise.all([
      pump(client, server, (bytes) => sent += bytes),
      pump(server, client, () => {}),
    ]);
  }

  const accepting = (async (): Promise<void> => {
    const serving: Promise<void>[] = [];
    for await (const client of listener) {
      open.add(client);
      serving.push(serve(client).catch(() => {}).finally(() => closeQuietly(client)));
    }
    await Promise.all(serving);
  })();
  return {
    host: `127.0.0.1:${listener.addr.port}`,
    requests,
    authorizations,
    sent: () => sent,
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      for (const connection of open) closeQuietly(connection);
      await accepting;
    },
  };
}

/** The head of a request as the server is to see it: with a path, and without what is the proxy's. */
function forwarded(method: string, address: string, headers: readonly string[]): string {
  const path = address.replace(/^http:\/\/[^/]*/, "");
  const kept = headers.filter((line) => !/^(?:proxy-|connection:)/i.test(line) && line !== "");
  return [`${method} ${path} HTTP/1.1`, ...kept, "connection: close", "", ""].join("\r\n");
}

interface Head {
  readonly text: string;
  readonly rest: Uint8Array;
}

async function readHead(connection: Deno.TcpConn): Promise<Head | undefined> {
  let bytes = new Uint8Array();
  const buffer = new Uint8Array(4096);
  for (let read; (read = await connection.read(buffer)) !== null;) {
    const next = new Uint8Array(bytes.length + read);
    next.set(bytes);
    next.set(buffer.subarray(0, read), bytes.length);
    bytes = next;
    const end = new TextDecoder("latin1").decode(bytes).indexOf("\r\n\r\n");
    if (end === -1) continue;
    const text = new TextDecoder("latin1").decode(bytes.subarray(0, end));
    return { text, rest: bytes.subarray(end + 4) };
  }
  return undefined;
}

async function pump(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  count: (bytes: number) => void,
): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (let read; (read = await from.read(buffer)) !== null;) {
      count(read);
      await writeAll(to, buffer.subarray(0, read));
    }
    await to.closeWrite();
  } catch {
    // One side is gone: the other follows.
    closeQuietly(from);
    closeQuietly(to);
  }
}

async function writeText(connection: Deno.TcpConn, text: string): Promise<void> {
  await writeAll(connection, new TextEncoder().encode(text));
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}

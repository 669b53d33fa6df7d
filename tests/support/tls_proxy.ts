// TLS in front of a server that speaks plain HTTP: what comes is passed on as it is, and so are answers.
import type { Certificate } from "./certificates.ts";
import type { RunningServer } from "./server_process.ts";

/** Takes TLS on a port of its own for the server at `target`. */
export async function startTlsProxy(
  target: string,
  { cert, key }: Certificate,
): Promise<RunningServer> {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: await Deno.readTextFile(cert),
    key: await Deno.readTextFile(key),
  });
  const [hostname = "", port = ""] = target.split(":");
  const open = new Set<Deno.Conn>();
  const pass = async (client: Deno.Conn): Promise<void> => {
    const server = await Deno.connect({ hostname, port: Number(port) });
    open.add(server);
    await Promise.all([
      client.readable.pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
    ]);
  };
  const passing = new Set<Promise<void>>();
  const accepting = (async (): Promise<void> => {
    for await (const client of listener) {
      open.add(client);
      // One side going away is how connections end.
      const done = pass(client).catch(() => {}).finally(() => passing.delete(done));
      passing.add(done);
    }
  })();
  return {
    host: `127.0.0.1:${listener.addr.transport === "tcp" ? listener.addr.port : 0}`,
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      for (const connection of open) closeQuietly(connection);
      await Promise.all([accepting, ...passing]);
    },
  };
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}

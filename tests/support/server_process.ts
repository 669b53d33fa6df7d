// Other people's servers as processes: started, waited for until they say where they listen, and ended.
import { lines } from "../../src/core/streams.ts";

/** A server that runs. */
export interface RunningServer extends AsyncDisposable {
  /** Host and port. */
  readonly host: string;
}

/** How a server is started. */
export interface ServerProcess {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** What it says on stderr when it listens; the first group is the port on 127.0.0.1. */
  readonly listens: RegExp;
}

/** Starts a server and waits until it listens. */
export async function startServer(
  { program, args, cwd, listens }: ServerProcess,
): Promise<RunningServer> {
  const child = new Deno.Command(program, {
    args: [...args],
    ...(cwd === undefined ? {} : { cwd }),
    // Variables may override what is configured: distribution reads REGISTRY_*, crane PORT.
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log = readLog(child.stderr, program, listens);
  const end = async (): Promise<void> => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await Promise.all([child.status, log.read]);
  };
  try {
    return { host: await log.address, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

interface Log {
  /** Where the server listens. */
  readonly address: Promise<string>;
  /** Settles when the log has been read to its end. */
  readonly read: Promise<void>;
}

function readLog(
  stderr: ReadableStream<Uint8Array<ArrayBuffer>>,
  program: string,
  listens: RegExp,
): Log {
  const found = Promise.withResolvers<string>();
  const said: string[] = [];
  const read = (async (): Promise<void> => {
    for await (const line of lines(stderr)) {
      said.push(line);
      const [, port] = listens.exec(line) ?? [];
      if (port !== undefined) found.resolve(`127.0.0.1:${port}`);
    }
    found.reject(new Error(`${program} ended:\n${said.slice(-20).join("\n")}`));
  })();
  found.promise.catch(() => {});
  return { address: found.promise, read };
}

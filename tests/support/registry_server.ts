// Debian's docker-registry (distribution 2.8) as a registry to test against: on loopback, on a port of
// its own choice, with its content in a temporary folder that goes when it does.
import { lines } from "../../src/core/streams.ts";

const PROGRAM = "/usr/bin/docker-registry";

/** Why there is no real registry here; undefined where there is one. */
export function realRegistryAvailable(): string | undefined {
  try {
    return Deno.statSync(PROGRAM).isFile ? undefined : `${PROGRAM} is no file`;
  } catch {
    return `no ${PROGRAM} (apt-get install docker-registry)`;
  }
}

/** A registry that runs. */
export interface RealRegistry extends AsyncDisposable {
  /** Host and port. */
  readonly host: string;
}

/** Options of {@linkcode startRealRegistry}. */
export interface RealRegistryOptions {
  /** The one user who may do anything, where not everybody may; see {@linkcode bcrypt}. */
  readonly login?: { readonly username: string; readonly password: string };
}

/** Starts a registry and waits until it listens. */
export async function startRealRegistry(options: RealRegistryOptions = {}): Promise<RealRegistry> {
  const folder = await Deno.makeTempDir({ prefix: "krust-registry-" });
  try {
    await Deno.writeTextFile(`${folder}/config.yml`, await configuration(folder, options));
    const child = new Deno.Command(PROGRAM, {
      args: ["serve", `${folder}/config.yml`],
      cwd: folder,
      // Variables named REGISTRY_* would override the configuration.
      clearEnv: true,
      env: { PATH: "/usr/bin:/bin" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const log = readLog(child.stderr);
    const end = async (): Promise<void> => {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended by itself.
      }
      await Promise.all([child.status, log.read]);
      await Deno.remove(folder, { recursive: true });
    };
    try {
      return { host: await log.address, [Symbol.asyncDispose]: end };
    } catch (error) {
      await end();
      throw error;
    }
  } catch (error) {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    throw error;
  }
}

async function configuration(folder: string, { login }: RealRegistryOptions): Promise<string> {
  const config = {
    version: 0.1,
    log: { level: "info", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: `${folder}/data` },
      delete: { enabled: true },
    },
    // Port 0: it picks a free one and says which.
    http: { addr: "127.0.0.1:0", secret: "a secret of this test" },
    ...(login === undefined
      ? {}
      : { auth: { htpasswd: { realm: "test", path: `${folder}/htpasswd` } } }),
  };
  if (login !== undefined) {
    await Deno.writeTextFile(
      `${folder}/htpasswd`,
      `${login.username}:${await bcrypt(login.password)}\n`,
    );
  }
  // JSON is YAML.
  return JSON.stringify(config);
}

/** The bcrypt hash of a password, which is all that distribution takes; perl is on every Debian. */
async function bcrypt(password: string): Promise<string> {
  const { stdout, success } = await new Deno.Command("perl", {
    args: ["-e", "print crypt($ARGV[0], $ARGV[1])", password, "$2b$04$abcdefghijklmnopqrstuu"],
    stdin: "null",
  }).output();
  const hash = new TextDecoder().decode(stdout);
  if (!success || !hash.startsWith("$2b$")) throw new Error("this system's crypt has no bcrypt");
  return hash;
}

interface Log {
  /** Where the registry listens. */
  readonly address: Promise<string>;
  /** Settles when the log has been read to its end. */
  readonly read: Promise<void>;
}

function readLog(stderr: ReadableStream<Uint8Array<ArrayBuffer>>): Log {
  const found = Promise.withResolvers<string>();
  const said: string[] = [];
  const read = (async (): Promise<void> => {
    for await (const line of lines(stderr)) {
      said.push(line);
      const [, address] = /listening on (127\.0\.0\.1:\d+)/.exec(line) ?? [];
      if (address !== undefined) found.resolve(address);
    }
    found.reject(new Error(`docker-registry ended:\n${said.slice(-20).join("\n")}`));
  })();
  found.promise.catch(() => {});
  return { address: found.promise, read };
}

// distribution as a registry to test against, Debian's docker-registry (2.8) or 3.0 as `.ci/run` makes it:
// on loopback, on a port of its own choice, with its content in a temporary folder that goes when it does.
import { goProgram, lackingGoProgram } from "./go_programs.ts";
import { type RunningServer, startServer } from "./server_process.ts";
import type { Certificate } from "./certificates.ts";
import type { Lacking } from "./require.ts";

/** Which distribution. */
export type Edition = "2.8" | "3.0";

const DEBIANS = "/usr/bin/docker-registry";

/** Why there is no such registry here; undefined where there is one. */
export function realRegistryAvailable(edition: Edition = "2.8"): Lacking {
  if (edition === "3.0") return lackingGoProgram("distribution");
  try {
    return Deno.statSync(DEBIANS).isFile ? undefined : `${DEBIANS} is no file`;
  } catch {
    return `no ${DEBIANS} (apt-get install docker-registry)`;
  }
}

/** Options of {@linkcode startRealRegistry}. */
export interface RealRegistryOptions {
  /** 2.8 if not given. */
  readonly edition?: Edition;
  /** The one user who may do anything, where not everybody may; see {@linkcode bcrypt}. */
  readonly login?: { readonly username: string; readonly password: string };
  /** The token server whose tokens it takes. */
  readonly tokens?: TokenIssuer;
  /** What it shows for TLS; plain HTTP if not given. */
  readonly tls?: Certificate;
  /** Where its content is, and stays; a folder that goes when it does if not given. */
  readonly folder?: string;
  /** The port; one of its own choice if not given. */
  readonly port?: number;
  /** Whether it leaves its own name out of what it answers, as it must behind a proxy. */
  readonly proxied?: boolean;
}

/** A token server as distribution has to know it. */
export interface TokenIssuer {
  readonly realm: string;
  readonly issuer: string;
  /** The registry's name in tokens. */
  readonly service: string;
  /** PEM file of the authority that signed the key's certificate. */
  readonly rootcertbundle: string;
}

/** Starts a registry and waits until it listens. */
export async function startRealRegistry(
  options: RealRegistryOptions = {},
): Promise<RunningServer> {
  const program = options.edition === "3.0" ? goProgram("distribution") : DEBIANS;
  if (program === undefined) throw new Error("there is no distribution");
  const folder = options.folder ?? await Deno.makeTempDir({ prefix: "krust-registry-" });
  const remove = async (): Promise<void> => {
    if (options.folder === undefined) await Deno.remove(folder, { recursive: true });
  };
  try {
    await Deno.writeTextFile(`${folder}/config.yml`, await configuration(folder, options));
    const server = await startServer({
      program,
      args: ["serve", `${folder}/config.yml`],
      cwd: folder,
      listens: /listening on 127\.0\.0\.1:(\d+)/,
    });
    return {
      host: server.host,
      async [Symbol.asyncDispose](): Promise<void> {
        await server[Symbol.asyncDispose]();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function configuration(
  folder: string,
  { login, tokens, tls, port = 0, proxied = false }: RealRegistryOptions,
): Promise<string> {
  const auth = {
    ...(login === undefined
      ? {}
      : { htpasswd: { realm: "test", path: await writeUsers(folder, login) } }),
    ...(tokens === undefined ? {} : { token: tokens }),
  };
  const config = {
    version: 0.1,
    log: { level: "info", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: `${folder}/data` },
      delete: { enabled: true },
    },
    http: {
      // Port 0: it picks a free one and says which.
      addr: `127.0.0.1:${port}`,
      secret: "a secret of this test",
      relativeurls: proxied,
      ...(tls === undefined ? {} : { tls: { certificate: tls.cert, key: tls.key } }),
    },
    ...(Object.keys(auth).length === 0 ? {} : { auth }),
  };
  // JSON is YAML.
  return JSON.stringify(config);
}

async function writeUsers(
  folder: string,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<string> {
  const path = `${folder}/htpasswd`;
  await Deno.writeTextFile(path, `${username}:${await bcrypt(password)}\n`);
  return path;
}

/** The bcrypt hash of a password, which is all that distribution takes; perl is on every Debian. */
export async function bcrypt(password: string): Promise<string> {
  const { stdout, success } = await new Deno.Command("perl", {
    args: ["-e", "print crypt($ARGV[0], $ARGV[1])", password, "$2b$04$abcdefghijklmnopqrstuu"],
    stdin: "null",
  }).output();
  const hash = new TextDecoder().decode(stdout);
  if (!success || !hash.startsWith("$2b$")) throw new Error("this system's crypt has no bcrypt");
  return hash;
}

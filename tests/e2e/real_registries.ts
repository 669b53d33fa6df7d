// Registries that other people wrote, and krust's own as a process: how each is started, with whom it
// lets in and over what, so that the same actions can be played on all of them.
import { join } from "node:path";
import { fetchTransport, type Transport } from "../../src/core/http.ts";
import { MemoryRegistry } from "../../src/registry/memory.ts";
import { serveRegistry } from "../../src/registry/server.ts";
import {
  HELLO,
  type Machine,
  onMachine,
  type Ran,
  type RunOptions,
} from "../integration/machine.ts";
import { type Authority, makeAuthority } from "../support/certificates.ts";
import { goProgram, lackingGoProgram } from "../support/go_programs.ts";
import { publish, syntheticImage } from "../support/images.ts";
import {
  bcrypt,
  type Edition,
  realRegistryAvailable,
  startRealRegistry,
} from "../support/registry_server.ts";
import { firstLacking, type Lacking, lackingProgram } from "../support/require.ts";
import { serveFolder } from "../support/served_registry.ts";
import { type RunningServer, startServer } from "../support/server_process.ts";
import { startTlsProxy } from "../support/tls_proxy.ts";
import { startTokenServer } from "../support/token_server.ts";

/** Whom a registry lets in: everybody, who has a password, who has a token. */
export type Guard = "nobody" | "htpasswd" | "tokens";

/** A registry as it is played on. */
export interface Setting {
  /** The server, with its version where that is ours to choose. */
  readonly server: string;
  readonly guard: Guard;
  readonly tls: boolean;
  /** Why it cannot be started here; undefined where it can. */
  readonly lacking: Lacking;
  /** Whether no machine of ours can be made to have it. */
  readonly wished: boolean;
  start(start: Start): Promise<RunningServer>;
}

interface Start {
  readonly folder: string;
  readonly authority: Authority;
}

/** Who may push and pull everywhere. */
export const ALICE = { username: "alice", password: "s3cret: with colon", refreshToken: "r3fresh" };
/** Who may pull; only token servers know the difference. */
export const BOB = { username: "bob", password: "only-reads" };

interface Server {
  readonly name: string;
  readonly lacking: Lacking;
  readonly guards: readonly Guard[];
  /** Whether it takes TLS itself; a proxy does for the others. */
  readonly ownTls: boolean;
  readonly wished?: boolean;
  start(start: Start, guard: Guard, tls: boolean): Promise<RunningServer>;
}

const SERVERS: readonly Server[] = [
  distribution("3.0"),
  distribution("2.8"),
  {
    name: "crane registry serve 0.20.6",
    lacking: lackingGoProgram("crane"),
    guards: ["nobody"],
    ownTls: false,
    start: () =>
      startServer({
        program: goProgram("crane") ?? "crane",
        args: ["registry", "serve", "--address", "127.0.0.1:0"],
        listens: /serving on port (\d+)/,
      }),
  },
  {
    name: "krust registry serve",
    lacking: undefined,
    guards: ["nobody", "htpasswd"],
    ownTls: false,
    start: async ({ folder }, guard) =>
      await serveFolder(
        join(folder, "served"),
        guard === "nobody" ? [] : ["--htpasswd", await writeUsers(folder)],
      ),
  },
  {
    name: "zot",
    lacking: lackingGoProgram("zot"),
    guards: ["nobody", "htpasswd"],
    ownTls: false,
    wished: true,
    start: async ({ folder }, guard) => await startZot(folder, guard),
  },
];

function distribution(edition: Edition): Server {
  return {
    name: edition === "3.0" ? "distribution 3.0.0" : "docker-registry 2.8 (Debian)",
    lacking: realRegistryAvailable(edition),
    guards: ["nobody", "htpasswd", "tokens"],
    ownTls: true,
    async start({ authority }, guard, tls) {
      const shown = tls ? { tls: await authority.issue("registry") } : {};
      const options = { edition, ...shown };
      if (guard === "nobody") return await startRealRegistry(options);
      if (guard === "htpasswd") return await startRealRegistry({ ...options, login: ALICE });
      const tokens = await startTokenServer({
        users: {
          [ALICE.username]: { ...ALICE, grants: { "team/": ["pull", "push"] } },
          [BOB.username]: { ...BOB, grants: { "team/": ["pull"] } },
        },
        signer: await authority.issue("signer"),
        authority: authority.cert,
        ...(tls ? { tls: await authority.issue("tokens") } : {}),
      });
      try {
        return both(await startRealRegistry({ ...options, tokens: tokens.issuer }), tokens);
      } catch (error) {
        await tokens[Symbol.asyncDispose]();
        throw error;
      }
    },
  };
}

async function startZot(folder: string, guard: Guard): Promise<RunningServer> {
  const config = {
    storage: { rootDirectory: join(folder, "zot") },
    http: {
      address: "127.0.0.1",
      port: "0",
      ...(guard === "nobody" ? {} : { auth: { htpasswd: { path: await writeUsers(folder) } } }),
    },
    log: { level: "info", output: "/dev/stderr" },
  };
  const path = join(folder, "zot.json");
  await Deno.writeTextFile(path, JSON.stringify(config));
  return await startServer({
    program: goProgram("zot") ?? "zot",
    args: ["serve", path],
    listens: /"port":(\d+).*"port is unspecified/,
  });
}

/** A file of users with the one who may everything. */
async function writeUsers(folder: string): Promise<string> {
  const path = join(folder, "users");
  await Deno.writeTextFile(path, `${ALICE.username}:${await bcrypt(ALICE.password)}\n`);
  return path;
}

/** A server with something before or behind it that ends when it does. */
function both({ host, ...server }: RunningServer, other: AsyncDisposable): RunningServer {
  return {
    host,
    async [Symbol.asyncDispose](): Promise<void> {
      await server[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
}

/** Every server with everybody it can let in, in plain HTTP and over TLS. */
export const SETTINGS: readonly Setting[] = SERVERS.flatMap((server) =>
  server.guards.flatMap((guard) =>
    [false, true].map((tls): Setting => ({
      server: server.name,
      guard,
      tls,
      lacking: firstLacking(server.lacking, lackingProgram("openssl")),
      wished: server.wished === true,
      async start(start) {
        if (!tls || server.ownTls) return await server.start(start, guard, tls);
        const plain = await server.start(start, guard, false);
        const proxy = await startTlsProxy(plain.host, await start.authority.issue("proxy"));
        return both(proxy, plain);
      },
    }))
  )
);

/** A registry that runs, and a machine that knows it. */
export interface Stage {
  readonly setting: Setting;
  /** The registry's host and port. */
  readonly host: string;
  readonly machine: Machine;
  /** Another registry, in this process: it holds `base:v1`, and takes what is pulled. */
  readonly elsewhere: MemoryRegistry;
  /** Sends as krust would, with the same authorities. */
  readonly transport: Transport;
  /** Runs krust on the machine; what it sends may pass through `through`. */
  krust(args: readonly string[], options?: RunOptions): Promise<Ran>;
}

/** Name of {@linkcode Stage.elsewhere}. */
export const ELSEWHERE = "elsewhere.test";

/** Works with a registry of the setting, which is gone afterwards. */
export async function onStage(
  setting: Setting,
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  await onMachine(HELLO, async (machine) => {
    const folder = join(machine.home, "servers");
    await Deno.mkdir(folder, { recursive: true });
    const authority = await makeAuthority(folder);
    await using server = await setting.start({ folder, authority });
    using network = fetchTransport();
    const tls = { authorities: [await Deno.readTextFile(authority.cert)] };
    const config = join(folder, "config.toml");
    await Deno.writeTextFile(config, `[registries."${server.host}"]\nca = "${authority.cert}"\n`);
    const elsewhere = new MemoryRegistry(ELSEWHERE);
    await publish(elsewhere, "base", await syntheticImage({ size: 20_000 }), "v1");
    machine.serve(ELSEWHERE, serveRegistry(elsewhere));
    await work({
      setting,
      host: server.host,
      machine,
      elsewhere,
      transport: (request, options) => network({ ...request, tls }, options),
      krust: (args, options = {}) =>
        machine.krust(args, {
          network,
          ...options,
          env: { ...options.env, ...(setting.tls ? { KRUST_CONFIG: config } : {}) },
        }),
    });
  });
}

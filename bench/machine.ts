// What measurements run on: a registry on loopback whose content lies in memory, a container engine, the
// peers, and folders that go when it is over.
import { dirname, join } from "node:path";
import { startDockerEngine } from "../tests/support/docker_engine.ts";
import { startRealRegistry } from "../tests/support/registry_server.ts";
import { run } from "../tests/support/program.ts";
import { ROOT } from "../tools/source_tree.ts";
import { KO_GO, type Peer, PEERS } from "./peers.ts";

/** krust on the command line; another form of it can be named, such as a compiled one. */
export const KRUST: readonly string[] = (Deno.env.get("KRUST_BENCH_PROGRAM") ??
  `${Deno.execPath()} run -A --no-check --cached-only ${join(ROOT, "main.ts")}`).split(" ");

/** Where everything is. */
export interface Machine extends AsyncDisposable {
  /** The registry's host and port. */
  readonly host: string;
  /** The base image in it. */
  readonly base: string;
  /** The same as an OCI layout. */
  readonly layout: string;
  /** The example's program, static. */
  readonly seed: Uint8Array;
  /** A folder in memory, removed at the end. */
  readonly folder: string;
  /** Variables for the peers. */
  readonly env: Readonly<Record<string, string>>;
  /** Those peers that are here, and why others are not. */
  readonly peers: readonly Peer[];
  readonly absent: readonly string[];
}

/** Where Go programs of this project's tests are kept. */
const GO_PROGRAMS = join(Deno.env.get("HOME") ?? "/root", ".cache/krust-dev/go-bin");

/** Memory as a file system, so that no disk is measured. */
const MEMORY = "/dev/shm";

/** Opens the machine. */
export async function openMachine(): Promise<Machine> {
  await using closing = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ dir: MEMORY, prefix: "krust-bench-" });
  closing.defer(() => removed(folder));
  Deno.env.set("TMPDIR", folder);
  Deno.env.set("PATH", `${GO_PROGRAMS}:${Deno.env.get("PATH") ?? ""}`);
  const registry = closing.use(await startRealRegistry());
  const { host } = registry;
  const env: Record<string, string> = {
    KRUST_CACHE_DIR: join(folder, "cache"),
    PEER_STATE: join(folder, "peers"),
  };
  const absent: string[] = [];
  const peers: Peer[] = [];
  for (const peer of PEERS) {
    const lacking = peer.needs.filter((program) => !isOnPath(program));
    if (lacking.length > 0) absent.push(`${peer.name}: no ${lacking.join(" and no ")}`);
    else peers.push(peer);
  }
  if (peers.some(({ needs }) => needs.includes("dockerd"))) {
    env["DOCKER_HOST"] = closing.use(await startDockerEngine()).dockerHost;
  }
  const { base, layout } = await pushBase(host, folder, env);
  await writeGoProject(join(folder, "peers"));
  const seed = await exampleProgram();
  const parts = closing.move();
  return {
    ...{ host, base, layout, seed, folder, env, peers, absent },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** krust's own base, with nothing in it but what a static program wants. */
async function pushBase(
  host: string,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly base: string; readonly layout: string }> {
  const image = `${host}/bases/static:v1`;
  const [program = "", ...args] = KRUST;
  const layout = join(folder, "base");
  const common = ["--base", "builtin", "--image", image, "--oci-layout", layout, "-q"];
  const example = join(ROOT, "example/hello-krust");
  await run(program, [...args, "build", ...common, example], { env });
  await run("umoci", ["tag", "--image", `${layout}:v1`, "base"]);
  return { base: image, layout };
}

/** A Go main package for ko, and its stand-in for go. */
async function writeGoProject(folder: string): Promise<void> {
  await Deno.mkdir(join(folder, "main"), { recursive: true });
  await Deno.writeTextFile(join(folder, "main/go.mod"), "module bench.test/main\n\ngo 1.21\n");
  await Deno.writeTextFile(join(folder, "main/main.go"), "package main\n\nfunc main() {}\n");
  await Deno.writeTextFile(join(folder, "go"), KO_GO, { mode: 0o755 });
}

/** The example, compiled. */
async function exampleProgram(): Promise<Uint8Array> {
  const target = "x86_64-unknown-linux-musl";
  const example = join(ROOT, "example/hello-krust");
  await run("cargo", ["build", "-q", "--release", "--target", target], { cwd: example });
  return await Deno.readFile(join(example, "target", target, "release/hello-krust"));
}

function isOnPath(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return Deno.statSync(join(folder, program)).isFile;
    } catch {
      return false;
    }
  });
}

/** Removes a folder in which tools may have mounted something or taken rights away. */
async function removed(folder: string): Promise<void> {
  await new Deno.Command("rm", { args: ["-rf", folder], cwd: dirname(folder) }).output();
}

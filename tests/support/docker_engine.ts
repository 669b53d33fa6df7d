// A docker engine for tests: the one that is reachable, else one of our own in a folder of its own.
import { join } from "node:path";
import { type Lacking, lackingProgram } from "./require.ts";

/** An engine that answers. */
export interface DockerEngine extends AsyncDisposable {
  /** What `DOCKER_HOST` must be for the docker program to reach it. */
  readonly dockerHost: string;
}

/** Milliseconds that an engine of ours may take to answer. */
const START_LIMIT = 60_000;

/** Why there can be no docker engine here; undefined where there can. */
export async function dockerEngineAvailable(): Promise<Lacking> {
  const docker = lackingProgram("docker");
  if (docker !== undefined) return docker;
  if (await reachable() !== undefined) return undefined;
  const daemon = lackingProgram("dockerd", "containerd");
  if (daemon !== undefined) return `no docker engine answers, and ${daemon}`;
  return Deno.uid() === 0 ? undefined : "no docker engine answers, and only root can start one";
}

/**
 * Gives an engine: the one that docker reaches by itself, which is left alone when disposed, else one
 * that is started with a folder of its own and ended when disposed. It takes plain HTTP from
 * registries on 127.0.0.0/8, as every docker engine does.
 */
export async function startDockerEngine(): Promise<DockerEngine> {
  const existing = await reachable();
  if (existing !== undefined) {
    return { dockerHost: existing, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  // The paths of sockets are at most 107 bytes long, and containerd adds to this one.
  const folder = await Deno.makeTempDir({ dir: "/tmp", prefix: "krust-engine-" });
  const dockerHost = `unix://${join(folder, "docker.sock")}`;
  const log = join(folder, "log");
  const daemon = new Deno.Command("sh", {
    args: ["-c", 'log=$1; shift; exec dockerd "$@" >"$log" 2>&1', "sh", log, ...daemonArgs(folder)],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const engine: DockerEngine = {
    dockerHost,
    async [Symbol.asyncDispose](): Promise<void> {
      await end(daemon);
      await removeFolder(folder);
    },
  };
  try {
    await answers(daemon, dockerHost, log);
    return engine;
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

function daemonArgs(folder: string): readonly string[] {
  return [
    "--iptables=false",
    "--bridge=none",
    "--storage-driver=overlay2",
    "--data-root",
    join(folder, "data"),
    "--exec-root",
    join(folder, "exec"),
    "--pidfile",
    join(folder, "pid"),
    "-H",
    `unix://${join(folder, "docker.sock")}`,
  ];
}

/** The address of the engine that docker reaches by itself; undefined where none answers. */
async function reachable(): Promise<string | undefined> {
  const endpoint = await docker(["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]);
  const dockerHost = Deno.env.get("DOCKER_HOST") ?? endpoint?.trim() ?? "";
  return dockerHost !== "" && await version(dockerHost) !== undefined ? dockerHost : undefined;
}

function version(dockerHost: string): Promise<string | undefined> {
  return docker(["version", "--format", "{{.Server.Version}}"], { DOCKER_HOST: dockerHost });
}

async function docker(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  const { success, stdout } = await new Deno.Command("docker", {
    args: [...args],
    env: { ...env },
    stdin: "null",
    stderr: "null",
  }).output();
  return success ? new TextDecoder().decode(stdout) : undefined;
}

async function answers(daemon: Deno.ChildProcess, dockerHost: string, log: string): Promise<void> {
  const deadline = Date.now() + START_LIMIT;
  let ended = false;
  daemon.status.then(() => ended = true);
  while (await version(dockerHost) === undefined) {
    if (ended || Date.now() > deadline) {
      const said = await Deno.readTextFile(log).catch(() => "");
      throw new Error(`dockerd ${ended ? "ended" : "does not answer"}: ${said.slice(-2_000)}`);
    }
  }
}

async function end(daemon: Deno.ChildProcess): Promise<void> {
  try {
    daemon.kill("SIGTERM");
  } catch {
    // It ended by itself.
  }
  await daemon.status;
}

/** Removes the folder, and the mounts that the engine leaves in it. */
async function removeFolder(folder: string): Promise<void> {
  const mounts = (await Deno.readTextFile("/proc/mounts"))
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path.startsWith(`${folder}/`));
  for (const path of mounts.toReversed()) {
    await new Deno.Command("umount", { args: [path], stdout: "null", stderr: "null" }).output();
  }
  await Deno.remove(folder, { recursive: true });
}

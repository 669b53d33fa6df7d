// Pushes through a network that spoils a share of their requests: how many end well, for krust and for
// other people's tools, with the same image to the same registry.
import { join } from "node:path";
import { concurrently } from "../../src/core/concurrently.ts";
import { closureOf } from "./closure.ts";
import { type FaultingProxy, faultingProxy } from "./faulting_proxy.ts";
import { goProgram, lackingGoProgram } from "./go_programs.ts";
import { KRUST } from "./krust_process.ts";
import { run } from "./program.ts";
import { type Edition, startRealRegistry } from "./registry_server.ts";
import { threeLayers } from "./three_layers.ts";

/** Tools that can be put through it. */
export const PUSHERS = ["krust", "crane", "ko"] as const;

/** One of {@linkcode PUSHERS}. */
export type Pusher = typeof PUSHERS[number];

/** What {@linkcode pushThroughFaults} works with. */
export interface FaultyPushesOptions {
  readonly pusher: Pusher;
  /** How many pushes. */
  readonly count: number;
  /** How many at once. */
  readonly jobs: number;
  /** Share of the requests that are spoilt, from 0 to 1. */
  readonly share: number;
  /** Chooses which. */
  readonly seed: number;
  /** For projects and caches. */
  readonly folder: string;
  /** Which distribution is pushed to. */
  readonly edition: Edition;
  /** Is told after each push, and what it said where it failed. */
  readonly onPush?: (done: number, so: FaultyPushes, failure: string | undefined) => void;
}

/** What came of it. */
export interface FaultyPushes {
  /** What each failed push said last, by its repository. */
  readonly failed: ReadonlyMap<string, string>;
  /** Pushes that ended well but left something out. */
  readonly incomplete: readonly string[];
  readonly proxy: Pick<FaultingProxy, "requests" | "spoilt">;
}

/** How a tool is run. */
interface Tool {
  readonly program: string;
  args(host: string, repository: string): readonly string[];
  env(host: string, repository: string): Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Pushes a three-layer image to one new repository after another through a proxy that spoils requests. */
export async function pushThroughFaults(options: FaultyPushesOptions): Promise<FaultyPushes> {
  const { pusher, count, jobs, share, seed, folder, edition, onPush = () => {} } = options;
  await using registry = await startRealRegistry({ proxied: true, edition });
  const tool = await prepare(pusher, folder, registry.host);
  await using proxy = await faultingProxy({ upstream: registry.host, share, seed });
  const failed = new Map<string, string>();
  const incomplete: string[] = [];
  const so = (): FaultyPushes => ({
    failed: new Map(failed),
    incomplete: [...incomplete],
    proxy: { requests: proxy.requests, spoilt: new Map(proxy.spoilt) },
  });
  let done = 0;
  const push = async (repository: string): Promise<void> => {
    const { code, stderr } = await new Deno.Command(tool.program, {
      args: [...tool.args(proxy.host, repository)],
      env: { ...tool.env(proxy.host, repository) },
      ...(tool.cwd === undefined ? {} : { cwd: tool.cwd }),
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    const failure = code === 0 ? undefined : new TextDecoder().decode(stderr).trim().slice(-2_000);
    if (failure === undefined) {
      const { manifests, missing } = await closureOf(registry.host, repository, ["latest"]);
      if (manifests.size === 0 || missing.length > 0) incomplete.push(repository);
    } else failed.set(repository, failure);
    onPush(++done, so(), failure);
  };
  await concurrently(
    Array.from({ length: count }, (_, at) => () => push(`faulty/${at}`)),
    { limit: jobs },
  );
  return so();
}

/** Makes ready for a tool, with one push of krust's that nothing spoils. */
async function prepare(pusher: Pusher, folder: string, host: string): Promise<Tool> {
  const port = host.split(":")[1];
  const bases = `localhost:${port}`;
  const image = await threeLayers(folder, bases, ["linux/amd64"]);
  const krust: Tool = {
    program: Deno.execPath(),
    args: (host, repository) => [...KRUST, ...image.push(host, repository)],
    env: () => image.env,
  };
  await run(krust.program, krust.args(host, "calm"), { env: image.env });
  switch (pusher) {
    case "krust":
      return krust;
    case "crane": {
      const layout = join(folder, "layout");
      const crane = wanted("crane");
      await run(crane, ["pull", "--format=oci", `${host}/calm`, layout], { env: image.env });
      return {
        program: crane,
        args: (host, repository) => ["push", layout, `${host}/${repository}`],
        env: () => image.env,
      };
    }
    case "ko":
      return await prepareKo(join(folder, "go"), `${bases}/bases/two-layers:v1`, image.env);
  }
}

function wanted(name: string): string {
  const program = goProgram(name);
  if (program === undefined) throw new Error(`${lackingGoProgram(name)}`);
  return program;
}

async function prepareKo(
  project: string,
  base: string,
  env: Readonly<Record<string, string>>,
): Promise<Tool> {
  await Deno.mkdir(project);
  await Deno.writeTextFile(join(project, "go.mod"), "module example.test/steady\n\ngo 1.21\n");
  await Deno.writeTextFile(
    join(project, "main.go"),
    'package main\n\nfunc main() { println("steady") }\n',
  );
  return {
    program: wanted("ko"),
    args: () => ["build", "--bare", "--sbom=none", "--platform=linux/amd64", "."],
    env: (host, repository) => ({
      ...env,
      KO_DOCKER_REPO: `${host}/${repository}`,
      KO_DEFAULTBASEIMAGE: base,
    }),
    cwd: project,
  };
}

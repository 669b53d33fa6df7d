// A static executable on disk to a pushed image: nothing there yet, everything there, and with the
// executable alone changed.
import { join } from "node:path";
import { KRUST, type Machine } from "./machine.ts";
import { type Run, series, type Taken, timed } from "./measure.ts";
import { writePayload } from "./payload.ts";
import { FLOOR_SCRIPT } from "./peers.ts";
import { FLOOR, type Row } from "./table.ts";

const MIB = 1024 * 1024;

/** What is measured of each tool and payload, in this order. */
const STATES = ["cold", "again", "changed"] as const;
type State = (typeof STATES)[number];

/** A tool as what runs it. */
interface Contender {
  readonly name: string;
  run(work: WorkOfRun): Run;
}

interface WorkOfRun {
  readonly binary: string;
  readonly repository: string;
  readonly scratch: string;
}

/** Measures one size, in rounds in which every tool has its turn. */
export async function measurePack(
  machine: Machine,
  mebibytes: number,
  rounds: number,
): Promise<readonly Row[]> {
  const tools = contenders(machine);
  const taken = new Map<string, Taken[]>();
  const sent = new Map<string, number>();
  // One round more, uncounted: nobody is the first to use the disk, the engine, the runtime's cache.
  for (let round = -1; round < rounds; round++) {
    const binaries = await payloads(machine, mebibytes, round);
    for (const tool of tools) {
      const repository = `bench/${tool.name.replace(/[^a-z]+/g, "-")}-${mebibytes}-${round + 1}x`;
      for (const state of STATES) {
        const binary = binaries[state];
        const scratch = await Deno.makeTempDir({ dir: machine.folder });
        const took = await timed(tool.run({ binary, repository, scratch }));
        await Deno.remove(scratch, { recursive: true });
        const key = `${state} ${tool.name}`;
        if (round >= 0) taken.set(key, [...(taken.get(key) ?? []), took]);
      }
      const layer = await layerSize(machine.host, repository);
      if (layer !== undefined) sent.set(tool.name, layer);
    }
    for (const path of Object.values(binaries)) await Deno.remove(path).catch(() => {});
  }
  return STATES.flatMap((state) =>
    tools.map(({ name }): Row => {
      const layer = sent.get(name);
      return {
        name: `${mebibytes} MiB, ${state}`,
        tool: name,
        took: series(taken.get(`${state} ${name}`) ?? []),
        ...(layer === undefined ? {} : { sent: layer }),
      };
    })
  );
}

/** The executables of a round; what is sent again is the very same file. */
async function payloads(
  { folder, seed }: Machine,
  mebibytes: number,
  round: number,
): Promise<Readonly<Record<State, string>>> {
  const make = async (number: number): Promise<string> => {
    const path = join(folder, `server-${mebibytes}-${number}`);
    await writePayload(path, { seed, size: mebibytes * MIB, number });
    return path;
  };
  const cold = await make(2 * round + 2);
  return { cold, again: cold, changed: await make(2 * round + 3) };
}

function contenders(machine: Machine): readonly Contender[] {
  const { base, layout, host, env, folder } = machine;
  const scripted = (name: string, script: string): Contender => ({
    name,
    run: ({ binary, repository, scratch }) => ({
      argv: ["bash", "-e", "-o", "pipefail", "-c", script],
      cwd: folder,
      env: {
        ...env,
        ...{ BINARY: binary, BASE: base, LAYOUT: layout, HOST: host },
        ...{ REPOSITORY: repository, SCRATCH: scratch },
      },
    }),
  });
  return [
    {
      name: "krust pack",
      run: ({ binary, repository }) => ({
        argv: [...KRUST, "pack", "-q", "--base", base, "--image", `${host}/${repository}`, binary],
        cwd: folder,
        // A cache of this repository's own: cold is cold.
        env: { ...env, KRUST_CACHE_DIR: join(folder, "caches", repository) },
      }),
    },
    ...machine.peers.map(({ name, script }) => scripted(name, script)),
    scripted(FLOOR, FLOOR_SCRIPT),
  ];
}

/** Bytes of the last layer of what was pushed; undefined where that is no image. */
async function layerSize(host: string, repository: string): Promise<number | undefined> {
  const response = await fetch(`http://${host}/v2/${repository}/manifests/latest`, {
    headers: {
      accept:
        "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json",
    },
  });
  const manifest: unknown = await response.json();
  if (typeof manifest !== "object" || manifest === null || !("layers" in manifest)) {
    return undefined;
  }
  const last: unknown = Array.isArray(manifest.layers) ? manifest.layers.at(-1) : undefined;
  const sized = typeof last === "object" && last !== null && "size" in last;
  return sized ? Number(last.size) : undefined;
}

// Executables for three platforms to one pushed index, with no base: krust beside crane.
import { join } from "node:path";
import { KRUST, type Machine } from "./machine.ts";
import { series, type Taken, timed } from "./measure.ts";
import { writePayload } from "./payload.ts";
import type { Row } from "./table.ts";

const ARCHITECTURES = ["amd64", "arm64", "riscv64"];
const SIZE = 5 * 1024 * 1024;

const CRANE = `
manifests=()
for architecture in ${ARCHITECTURES.join(" ")}; do
  mkdir -p "$SCRATCH/$architecture/app"
  ln "$BINARIES/$architecture/server" "$SCRATCH/$architecture/app/server"
  image="$HOST/$REPOSITORY:$architecture"
  tar -C "$SCRATCH/$architecture" --owner=0 --group=0 --mtime=@0 -cf - app |
    crane append --insecure --oci-empty-base -f - -t "$image"
  crane mutate --insecure "$image" --set-platform "linux/$architecture" --entrypoint /app/server -t "$image"
  manifests+=(-m "$image")
done
crane index append --insecure "\${manifests[@]}" -t "$HOST/$REPOSITORY:latest"
`;

/** Measures it, in rounds in which each has its turn. */
export async function measureIndex(machine: Machine, rounds: number): Promise<readonly Row[]> {
  const { host, env, folder, seed } = machine;
  const taken: Record<"krust pack" | "crane", Taken[]> = { "krust pack": [], crane: [] };
  for (let round = -1; round < rounds; round++) {
    const binaries = await Deno.makeTempDir({ dir: folder });
    for (const [at, architecture] of ARCHITECTURES.entries()) {
      await Deno.mkdir(join(binaries, architecture));
      const number = 3 * (round + 1) + at;
      await writePayload(join(binaries, architecture, "server"), {
        ...{ seed, size: SIZE, number, architecture },
      });
    }
    const runs = {
      "krust pack": await timed({
        argv: [
          ...KRUST,
          ...["pack", "-q", "--base", "scratch", "--image", `${host}/index/krust-${round + 1}`],
          ...ARCHITECTURES.map((architecture) => join(binaries, architecture, "server")),
        ],
        cwd: folder,
        env: { ...env, KRUST_CACHE_DIR: join(binaries, "cache") },
      }),
      crane: await timed({
        argv: ["bash", "-e", "-o", "pipefail", "-c", CRANE],
        cwd: folder,
        env: {
          ...env,
          ...{ BINARIES: binaries, SCRATCH: binaries, HOST: host },
          REPOSITORY: `index/crane-${round + 1}`,
        },
      }),
    };
    await Deno.remove(binaries, { recursive: true });
    if (round < 0) continue;
    taken["krust pack"].push(runs["krust pack"]);
    taken.crane.push(runs.crane);
  }
  return Object.entries(taken).map(([tool, runs]) => ({
    name: "3 platforms of 5 MiB, cold",
    tool,
    took: series(runs),
  }));
}

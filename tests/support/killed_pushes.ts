// Pushes that are killed: krust as a process with a real registry, SIGKILL at a moment that chance chooses,
// a look at what the registry then has, and the same push again.
import { lines } from "../../src/core/streams.ts";
import { chance } from "./chance.ts";
import { type Closure, closureOf, countBlobs } from "./closure.ts";
import { spawnKrust } from "./krust_process.ts";
import { type ThreeLayers, threeLayers } from "./three_layers.ts";

/** Where a push was when it was killed. */
export type Stage =
  | "before anything was sent"
  | "some blobs sent"
  | "all blobs sent"
  | "a manifest sent"
  | "tagged"
  | "not killed, it was done";

/** What came of the pushes. */
export interface KilledPushes {
  /** How many were killed at each stage. */
  readonly stages: ReadonlyMap<Stage, number>;
  /** What a tag or index named that was not there. */
  readonly incomplete: readonly string[];
  /** Next runs that failed, gave another digest, or left something out. */
  readonly wrong: readonly string[];
}

/** What {@linkcode killPushes} works with. */
export interface KillPushesOptions {
  /** How many pushes are to be killed; those that are done before it comes to that are none of them. */
  readonly count: number;
  /** Chooses the moments. */
  readonly seed: number;
  /** Port on this machine of a registry that asks nobody who they are. */
  readonly port: number;
  /** For the project and the cache. */
  readonly folder: string;
  /** The image is an index where there are several. */
  readonly platforms: readonly string[];
  /** Is told after each that was killed. */
  readonly onPush?: (dead: number, so: KilledPushes) => void;
}

/** One in so many is killed at any moment of its run, rather than of its push. */
const ANY_MOMENT = 8;

/** After so many pushes krust's cache is emptied. */
const CACHE_LIFE = 10;

/** How many pushes tell how long one takes. */
const RECENT = 15;

/** Pushes a three-layer image to one new repository after another, and kills each push. */
export async function killPushes(options: KillPushesOptions): Promise<KilledPushes> {
  const { count, seed, port, folder, platforms, onPush = () => {} } = options;
  const host = `127.0.0.1:${port}`;
  const image = await threeLayers(folder, `localhost:${port}`, platforms);
  const random = chance(seed);
  const calm: Pushed[] = [];
  for (let at = 0; at < 4; at++) calm.push(await push(image, host, `calm/${at}`));
  const { digest } = calm[0] ?? {};
  if (digest === undefined) throw new Error(`a calm push failed:\n${calm[0]?.stderr}`);
  const whole = await closureOf(host, "calm/0", ["latest"]);
  const stages = new Map<Stage, number>();
  const incomplete: string[] = [];
  const wrong: string[] = [];
  let dead = 0;
  for (let at = 0; dead < count; at++) {
    const repository = `killed/${at}`;
    if (at % CACHE_LIFE === 0) await Deno.remove(image.cache, { recursive: true }).catch(() => {});
    const since = random() * ANY_MOMENT < 1 ? "start" : "push";
    // A little longer than is usual: the last steps must have their turn on a slow machine.
    const after = random() * 1.1 * median(calm.map(({ took }) => took[since]));
    const { killed } = await push(image, host, repository, { since, after });
    const left = await closureOf(host, repository, [...whole.manifests.keys()]);
    incomplete.push(...left.missing.map((name) => `${repository}: ${name}`));
    const stage = killed
      ? await stageOf(left, whole, () => countBlobs(host, repository, whole.blobs))
      : "not killed, it was done";
    stages.set(stage, (stages.get(stage) ?? 0) + 1);
    const next = await push(image, host, repository);
    const then = await closureOf(host, repository, ["latest"]);
    if (next.digest !== digest) wrong.push(`${repository}: ${next.digest ?? next.stderr}`);
    else if (then.manifests.get("latest") !== digest || then.missing.length > 0) {
      wrong.push(`${repository}: the tag is not the whole image`);
    }
    calm.push(next);
    if (calm.length > RECENT) calm.shift();
    if (!killed) continue;
    onPush(++dead, { stages, incomplete, wrong });
  }
  return { stages, incomplete, wrong };
}

async function stageOf(
  left: Closure,
  whole: Closure,
  count: () => Promise<number>,
): Promise<Stage> {
  if (left.manifests.has("latest")) return "tagged";
  if (left.manifests.size > 0) return "a manifest sent";
  const blobs = await count();
  if (blobs === 0) return "before anything was sent";
  return blobs < whole.blobs.size ? "some blobs sent" : "all blobs sent";
}

/** How a push went. */
interface Pushed {
  readonly killed: boolean;
  /** What was printed; undefined where the run failed. */
  readonly digest: string | undefined;
  readonly stderr: string;
  /** Milliseconds since the process and since the push began. */
  readonly took: { readonly start: number; readonly push: number };
}

/** Pushes; `kill` is the milliseconds after which it is killed. */
async function push(
  image: ThreeLayers,
  host: string,
  repository: string,
  kill?: { readonly since: "start" | "push"; readonly after: number },
): Promise<Pushed> {
  const start = performance.now();
  let pushing = start;
  const child = spawnKrust(image.push(host, repository), { env: image.env });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arm = (since: "start" | "push"): void => {
    if (kill?.since === since) timer = setTimeout(() => killQuietly(child), kill.after);
  };
  arm("start");
  const stdout = new Response(child.stdout).text();
  const said: string[] = [];
  for await (const line of lines(child.stderr)) {
    said.push(line);
    if (!line.startsWith("Pushing image to: ")) continue;
    pushing = performance.now();
    arm("push");
  }
  const { code, signal } = await child.status;
  clearTimeout(timer);
  const end = performance.now();
  return {
    killed: signal === "SIGKILL",
    digest: code === 0 ? (await stdout).trim().split("@")[1] : undefined,
    stderr: said.join("\n"),
    took: { start: end - start, push: end - pushing },
  };
}

function killQuietly(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It was done a moment before.
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((left, right) => left - right)[numbers.length >> 1] ?? 0;
}

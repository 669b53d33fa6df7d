// Writers of an OCI layout that are killed at every call by which they change it, one run for each call:
// what other people's readers then make of the layout, where an image was before.
import { join } from "node:path";
import * as v from "valibot";
import { goProgram, lackingGoProgram } from "./go_programs.ts";
import { run } from "./program.ts";
import { firstLacking, type Lacking, lackingProgram } from "./require.ts";

/** Puts an image, the old one or the new, into a layout under the tag `latest`. */
export interface LayoutWriter {
  /** The program and its arguments. */
  command(layout: string, image: "old" | "new"): readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What came of it. */
export interface KilledWrites {
  /** The calls of a run that nobody kills, in order. */
  readonly calls: readonly string[];
  /** Kills after which every reader reads the old image. */
  readonly old: number;
  /** Likewise, the new one. */
  readonly new: number;
  /** What readers said where they read neither, by the call that was not made. */
  readonly broken: readonly string[];
  /** What was wrong with the next run after a kill. */
  readonly wrong: readonly string[];
}

/** Options of {@linkcode killWrites}. */
export interface KillWritesOptions {
  /** The first call at which a run is killed, and the step from one to the next; every call if not given. */
  readonly step?: number;
  /** Is told after each kill. */
  readonly onKill?: (call: string, found: string) => void;
}

const TRACER = new URL("kill_at_call.ts", import.meta.url).pathname;

/** Why writers cannot be killed at a call here. */
export function lackingTracer(): Lacking {
  return firstLacking(
    Deno.build.os === "linux" && Deno.build.arch === "x86_64" ? undefined : "not Linux on x86-64",
    lackingProgram("sh", "cp", "skopeo"),
    lackingGoProgram("regctl"),
  );
}

/** Kills a writer at every call, each time on a copy of the same layout. */
export async function killWrites(
  folder: string,
  writer: LayoutWriter,
  { step = 1, onKill = () => {} }: KillWritesOptions = {},
): Promise<KilledWrites> {
  const real = await Deno.realPath(folder);
  const [before, layout] = [join(real, "before"), join(real, "layout")];
  const write = async (place: string, image: "old" | "new", kill: number): Promise<Traced> => {
    return await traced(place, kill, writer.command(place, image), writer.env ?? {});
  };
  await write(before, "old", 0);
  const old = await read(before, real);
  await copy(before, layout);
  const whole = await write(layout, "new", 0);
  const latest = await read(layout, real);
  if (latest === old) throw new Error(`the writer wrote nothing new: ${old}`);
  const found = { old: 0, new: 0 };
  const broken: string[] = [];
  const wrong: string[] = [];
  for (let at = step; at <= whole.calls.length; at += step) {
    await copy(before, layout);
    const { calls, killed } = await write(layout, "new", at);
    const call = calls.at(-1) ?? "";
    if (!killed) wrong.push(`a run made ${calls.length} calls, another ${whole.calls.length}`);
    const now = await read(layout, real);
    if (now === old) found.old++;
    else if (now === latest) found.new++;
    else broken.push(`${call}: ${now}`);
    onKill(call, now === old ? "old" : now === latest ? "new" : now);
    const { status } = await write(layout, "new", 0);
    const then = await read(layout, real);
    if (status !== 0 || then !== latest) wrong.push(`after ${call}: status ${status}, ${then}`);
  }
  return { calls: whole.calls, ...found, broken, wrong };
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.remove(to, { recursive: true }).catch(() => {});
  await run("cp", ["-a", from, to]);
}

const TRACED = v.object({ calls: v.array(v.string()), killed: v.boolean(), status: v.number() });

type Traced = v.InferOutput<typeof TRACED>;

async function traced(
  layout: string,
  kill: number,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Traced> {
  const args = ["run", "-A", "--no-check", TRACER, layout, String(kill), ...command];
  return v.parse(TRACED, JSON.parse(await run(Deno.execPath(), args, { env })));
}

/** The digest that all readers find in a layout, having read the image whole; else what they say. */
async function read(layout: string, folder: string): Promise<string> {
  const copied = join(folder, "copied");
  const regctl = goProgram("regctl") ?? "regctl";
  const env = { REGCTL_CONFIG: join(folder, "regctl.json") };
  try {
    await run("skopeo", ["copy", "-q", `oci:${layout}:latest`, `oci:${copied}:latest`]);
    const skopeos = await run("skopeo", [
      "inspect",
      "--format={{.Digest}}",
      `oci:${layout}:latest`,
    ]);
    await Deno.remove(copied, { recursive: true });
    const source = `ocidir://${layout}:latest`;
    await run(regctl, ["image", "copy", source, `ocidir://${copied}:latest`], { env });
    const regctls = await run(regctl, ["image", "digest", source], { env });
    const [one, other] = [skopeos.trim(), regctls.trim()];
    return one === other ? one : `skopeo finds ${one}, regctl ${other}`;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ");
  } finally {
    await Deno.remove(copied, { recursive: true }).catch(() => {});
  }
}

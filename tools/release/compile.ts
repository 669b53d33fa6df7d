// One executable for a target, by `deno compile` from the bundle: the runtime, what it may do, and the
// program in one file. The runtime is Deno's own download, or the file in DENORT_BIN.
import { join } from "node:path";
import type { Target } from "./targets.ts";

/** What krust may do; the launcher of the archives says the same. */
const PERMISSIONS = ["read", "write", "net", "env", "run", "sys"].map((name) => `--allow-${name}`);

/** The executable's file name. */
export function executableName({ name, runtime }: Target): string {
  return `krust-${name}${runtime === "deno.exe" ? ".exe" : ""}`;
}

/**
 * Compiles the bundle in `program` to an executable in `out`.
 *
 * @param env variables on top of this process's own.
 * @throws {Error} with what came in the way, a runtime that cannot be had first of all.
 */
export async function compile(
  program: string,
  out: string,
  target: Target,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["compile", "--quiet", "--no-config", "--no-lock", "--no-check", "--no-prompt"],
      ...PERMISSIONS,
      ...["--target", target.triple, "--output", join(out, executableName(target)), program],
    ],
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (success) return;
  const given = env.DENORT_BIN ?? Deno.env.get("DENORT_BIN");
  throw new Error(explained(new TextDecoder().decode(stderr), target, given));
}

/** Deno's word on a failure as one sentence, without its backtrace. */
function explained(said: string, { name }: Target, given?: string): string {
  const [reasons = ""] = said.split(/^Stack backtrace:/m);
  const url = /\((https:\S+denort\S+)\)/.exec(reasons)?.[1];
  const last = reasons.trim().split("\n").at(-1)?.replace(/^\s*(?:\d+:|error:)\s*/, "") ?? "";
  if (url === undefined) {
    const runtime = given === undefined ? "" : ` with the runtime in ${given} (DENORT_BIN)`;
    return `cannot compile for ${name}${runtime}: ${last}`;
  }
  return `cannot compile for ${name}: the runtime cannot be downloaded from ${url}: ${last}; ` +
    "a copy of it can be named in DENORT_BIN, and `deno task package` needs none";
}

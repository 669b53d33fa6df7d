// krust as users have it: a process of its own with arguments, an environment and standard streams.
import { join } from "node:path";
import { ROOT } from "../../tools/source_tree.ts";

/** How a krust process ended. */
export interface KrustRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to start one. */
export interface KrustOptions {
  /** Variables on top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where it runs; the project's root if not given. */
  readonly cwd?: string;
}

/** Arguments for `deno` that make it krust. */
export const KRUST: readonly string[] = ["run", "-A", "--no-check", join(ROOT, "main.ts")];

/** Starts krust; its output is piped. */
export function spawnKrust(
  args: readonly string[],
  { env = {}, cwd = ROOT }: KrustOptions = {},
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [...KRUST, ...args],
    cwd,
    env: { CI: "", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs krust to its end. */
export async function runKrust(
  args: readonly string[],
  options: KrustOptions = {},
): Promise<KrustRun> {
  return await ended(spawnKrust(args, options));
}

/** Waits for a started krust. */
export async function ended(child: Deno.ChildProcess): Promise<KrustRun> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { status: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

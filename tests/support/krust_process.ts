// krust as users have it: a process of its own with arguments, an environment, standard streams, and no
// more permissions than deno.json names.
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { ROOT } from "../../tools/source_tree.ts";

const TEMPORARY = tmpdir();
const HOME = Deno.env.get("HOME") ?? "/nonexistent";

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
  /** What it may do; `default` if not given. */
  readonly permissions?: PermissionSet;
  /** The one program that it may run in place of those of the set. */
  readonly runs?: string;
}

/** Permission sets of deno.json: what a build and a push need, and that with engines and kubectl. */
export type PermissionSet = "default" | "tools";

/** Arguments for `deno` that make it krust with the default permissions. */
export const KRUST = krustArguments("default");

/**
 * Arguments for `deno` that make it krust with a permission set of deno.json and the folders that builds
 * read and write: the project, the toolchain, where programs lie, temporary folders.
 */
function krustArguments(set: PermissionSet, runs?: string): readonly string[] {
  return [
    ...["run", "-q", `-P=${set}`, "--config", join(ROOT, "deno.json"), "--no-prompt", "--no-check"],
    ...(runs === undefined ? [] : [`--allow-run=${runs}`]),
    `--allow-read=${[ROOT, TEMPORARY, HOME, ...certificates(), ...programFolders()].join(",")}`,
    `--allow-write=${[TEMPORARY, join(HOME, ".cache/krust")].join(",")}`,
    join(ROOT, "main.ts"),
  ];
}

/** The file of authorities that the environment names, if any. */
function certificates(): readonly string[] {
  const file = Deno.env.get("SSL_CERT_FILE");
  return file === undefined || file === "" ? [] : [file];
}

/** The folders of PATH. */
function programFolders(): readonly string[] {
  const folders = (Deno.env.get("PATH") ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...new Set(folders)];
}

/** Starts krust; its output is piped. */
export function spawnKrust(
  args: readonly string[],
  { env = {}, cwd = ROOT, permissions = "default", runs }: KrustOptions = {},
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [...krustArguments(permissions, runs), ...args],
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

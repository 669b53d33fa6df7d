// Tests that need something of the machine: registered as skipped, with the reason, where it is lacking.
// `KRUST_E2E=1` turns every such skip into a failure, so that CI cannot lose tests unseen.
import { delimiter, join } from "node:path";

/** Why a test cannot run here; undefined where it can. */
export type Lacking = string | undefined;

/** Whether a test that cannot run must fail. */
export function skipsFail(): boolean {
  return Deno.env.get("KRUST_E2E") === "1";
}

/**
 * Registers a test that can only run where nothing is lacking. To be awaited at the top level of the
 * test's module where `lacking` is a promise.
 */
export async function requiring(
  lacking: Lacking | Promise<Lacking>,
  name: string,
  fn: (context: Deno.TestContext) => void | Promise<void>,
): Promise<void> {
  registerTest(Deno.test, lacking instanceof Promise ? await lacking : lacking, name, fn);
}

/** What the reason of a skip ends with that is none of CI's business. */
export const NOT_REQUIRED = " (not required)";

/**
 * Like {@linkcode requiring}, for what no machine of ours can be made to have at will: skipped with its
 * reason, also with `KRUST_E2E=1`.
 */
export function wishing(
  lacking: Lacking,
  name: string,
  fn: (context: Deno.TestContext) => void | Promise<void>,
): void {
  const reason = lacking === undefined ? undefined : `${lacking}${NOT_REQUIRED}`;
  registerTest(Deno.test, reason, name, fn, false);
}

/** The part of {@linkcode requiring} that a test can watch. */
export function registerTest(
  register: (test: Deno.TestDefinition) => void,
  lacking: Lacking,
  name: string,
  fn: (context: Deno.TestContext) => void | Promise<void>,
  mustRun = skipsFail(),
): void {
  if (lacking === undefined) return register({ name, fn });
  const reason = lacking.replace(/\s+/g, " ").trim();
  if (!mustRun) return register({ name: `${name} [skipped: ${reason}]`, ignore: true, fn });
  register({
    name,
    fn(): void {
      throw new Error(`this test must run with KRUST_E2E=1, but: ${reason}`);
    },
  });
}

/** The first thing that is lacking, if any. */
export function firstLacking(...reasons: readonly Lacking[]): Lacking {
  return reasons.find((reason) => reason !== undefined);
}

/** Which of some programs is not on PATH. */
export function lackingProgram(...names: readonly string[]): Lacking {
  const folders = (Deno.env.get("PATH") ?? "").split(delimiter).filter((folder) => folder !== "");
  const missing = names.find((name) => !folders.some((folder) => isFile(join(folder, name))));
  return missing === undefined ? undefined : `no ${missing} on PATH`;
}

/** Whether rustc has a standard library for a target, as the reason if it has not. */
export async function lackingTarget(triple: string): Promise<Lacking> {
  const program = lackingProgram("rustc");
  if (program !== undefined) return program;
  const { stdout } = await new Deno.Command("rustc", {
    args: ["--print", "target-libdir", "--target", triple],
    stdin: "null",
    stderr: "null",
  }).output();
  // rustc names the folder and exits 0 whether the target is installed or not.
  const folder = new TextDecoder().decode(stdout).trim();
  return folder !== "" && isDirectory(folder) ? undefined : `no Rust target ${triple}`;
}

function isFile(path: string): boolean {
  return stat(path)?.isFile === true;
}

function isDirectory(path: string): boolean {
  return stat(path)?.isDirectory === true;
}

function stat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

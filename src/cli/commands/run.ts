// `krust run`: builds a project, loads its image into the container engine, and runs it in krust's place:
// the program's streams, signals and exit status are krust's own.
import { wrapError } from "../../core/error.ts";
import type { EndingSignal, Host } from "../../core/host.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { Engine } from "../../sinks/engine.ts";
import { buildProject } from "../build_project.ts";
import { conclude } from "../conclude.ts";
import type { RunArguments } from "../image_commands.ts";
import type { Context } from "../program.ts";
import { openSession } from "../session.ts";

/**
 * Builds and runs.
 *
 * @returns the program's exit status; 0 where `--dry-run` has only told what would be done.
 * @throws {KrustError} whatever goes wrong before the program runs.
 */
export async function run(given: RunArguments, context: Context): Promise<number> {
  const loaded = await load(given, context);
  return loaded === undefined ? 0 : await runImage(loaded, given, context);
}

/** An image in an engine. */
interface LoadedImage {
  readonly engine: Engine;
  readonly reference: string;
}

/** Builds the image into the engine; the terminal is the program's own when this comes back. */
async function load(
  { directory, flags: given }: RunArguments,
  context: Context,
): Promise<LoadedImage | undefined> {
  await using session = await openSession({ flags: given }, context);
  const engine = await session.engine({ signal: context.signal });
  const flags = {
    // The engine's platform is this machine's, but for an engine that is elsewhere.
    platform: [formatPlatform(engine.platform)],
    ...given,
    local: true,
    noPush: false,
    tagOnly: false,
  };
  const built = await buildProject(session, { directory, cargoArgs: [], flags });
  if (built === undefined) return undefined;
  await conclude(session, built);
  const [reference = ""] = built.result.references;
  return { engine, reference };
}

async function runImage(
  { engine: { program }, reference }: LoadedImage,
  { args, runArgs }: RunArguments,
  { host, signal, divertSignals }: Context,
): Promise<number> {
  // As docker has it: a terminal where both ends of it are one.
  const terminal = host.stdin.terminal && host.stdout.terminal ? ["--tty"] : [];
  const options = ["--rm", "--interactive", ...terminal, ...runArgs];
  try {
    const { status } = await host.run({
      program,
      args: ["run", ...options, reference, ...args],
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
      relay: (send) => divertSignals((name) => isSentByTerminal(name, host) || send(name)),
    }, { signal });
    return status;
  } catch (error) {
    signal.throwIfAborted();
    throw wrapError("engine-failed", `cannot run "${program}"`, error);
  }
}

/** A terminal signals all that run in it: the engine's program has it already, and once is enough. */
function isSentByTerminal(
  name: EndingSignal,
  { stdin, stdout, stderr }: Pick<Host, "stdin" | "stdout" | "stderr">,
): boolean {
  return name !== "SIGTERM" && (stdin.terminal || stdout.terminal || stderr.terminal);
}

// `krust apply`, `create` and `delete`: resolves documents and pipes them into kubectl.
import { resolve } from "node:path";
import { which } from "../../cargo/which.ts";
import { valueOf } from "../../config/xdg.ts";
import { KrustError, wrapError } from "../../core/error.ts";
import type { Host } from "../../core/host.ts";
import { printable } from "../../core/printable.ts";
import { bytesOf } from "../../core/streams.ts";
import type { DocumentArguments, KubectlCommand } from "../document_commands.ts";
import type { Context } from "../program.ts";
import { resolveFiles } from "../resolve_files.ts";

/**
 * Resolves documents, then runs kubectl on them; it gets nothing before all is built and published.
 *
 * @returns kubectl's exit status.
 * @throws {KrustError} `kubectl-not-found`, before anything is built; whatever goes wrong.
 */
export async function pipe(
  command: KubectlCommand,
  given: DocumentArguments,
  context: Context,
): Promise<number> {
  const { host, signal } = context;
  if (given.flags["noPush"] === true) throw nothingToRun(command);
  const program = await findKubectl(host);
  // kubectl may write to the terminal that progress is drawn on: drawing has stopped by then.
  const { text } = await resolveFiles(given, [], context);
  if (text === undefined) return 0;
  try {
    const { status } = await host.run({
      program,
      args: [command, "-f", "-", ...given.rest],
      stdin: bytesOf(new TextEncoder().encode(text)),
      stdout: "inherit",
      stderr: "inherit",
    }, { signal });
    return status;
  } catch (error) {
    signal.throwIfAborted();
    throw wrapError("kubectl-not-found", `cannot run "${printable(program)}"`, error);
  }
}

/** kubectl, by name or as `KRUST_KUBECTL` says. */
async function findKubectl(host: Host): Promise<string> {
  const named = valueOf((name) => host.env(name), "KRUST_KUBECTL");
  const program = named ?? "kubectl";
  if (await which(program, host) === undefined) {
    throw new KrustError("kubectl-not-found", `no kubectl: "${printable(program)}" is not there`, {
      help: [
        named === undefined
          ? "install it (https://kubernetes.io/docs/tasks/tools), or name one with KRUST_KUBECTL"
          : "KRUST_KUBECTL names it; without it kubectl is looked for on PATH",
        "or print the documents alone: krust resolve",
      ],
    });
  }
  // A path is meant from here, wherever it is run.
  return program.includes("/") ? resolve(host.cwd, program) : program;
}

function nothingToRun(command: KubectlCommand): KrustError {
  return new KrustError(
    "usage",
    `--no-push contradicts ${command}: no cluster could pull the image`,
    {
      help: ["krust resolve --no-push prints the documents alone"],
    },
  );
}

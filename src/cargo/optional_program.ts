// Programs that may not be there, rustc and rustup: what is then not known is not an error.
import type { CommandResult } from "../core/host.ts";
import type { Cancel } from "../core/streams.ts";
import type { CargoContext } from "./context.ts";

/**
 * A program's result, or undefined where there is no such program or it may not be run.
 *
 * @throws what else running it throws: the signal's reason.
 */
export async function ifThere(running: Promise<CommandResult>): Promise<CommandResult | undefined> {
  try {
    return await running;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}

/**
 * What rustc says of a target with `--print what`, in a folder whose toolchain is meant; undefined
 * where it cannot be asked.
 *
 * @throws the signal's reason.
 */
export async function askRustc(
  { host }: CargoContext,
  what: "cfg" | "target-libdir",
  { target, directory }: { readonly target: string; readonly directory: string },
  options: Cancel = {},
): Promise<string | undefined> {
  const program = host.env("RUSTC") || "rustc";
  const args = ["--print", what, "--target", target];
  const result = await ifThere(host.run({ program, args, cwd: directory }, options));
  return result?.status === 0 ? result.stdout : undefined;
}

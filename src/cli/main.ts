// The command line from arguments to exit status: parse, run one command, say how it ended.
import { KrustError, wrapError } from "../core/error.ts";
import type { Host } from "../core/host.ts";
import { untilSignalled } from "./cancellation.ts";
import { reportError } from "./failure.ts";
import { parseArguments } from "./program.ts";

/**
 * Runs krust.
 *
 * @param args what follows the program's name.
 * @returns the exit status (see `EXIT_STATUS`); never throws.
 */
export async function main(args: readonly string[], host: Host): Promise<number> {
  // As `cargo krust …`, cargo passes the subcommand's own name first.
  const given = args[0] === "krust" ? args.slice(1) : args;
  try {
    return await untilSignalled(host, async (signal) => {
      const command = await parseArguments(given);
      return await command({ host, signal });
    });
  } catch (error) {
    const known = error instanceof KrustError ? error : wrapError(
      "internal",
      `unexpected: ${error instanceof Error ? error.message : error}`,
      error,
    );
    reportError(known, given, host);
    return known.exitStatus;
  }
}

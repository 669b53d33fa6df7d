// The command line from arguments to exit status: parse, run one command, say how it ended.
import { KrustError } from "../core/error.ts";
import type { Host } from "../core/host.ts";
import { untilSignalled } from "./cancellation.ts";
import type { Presentation } from "./failure.ts";
import { cutAtDashes, parseArguments } from "./parse.ts";

/**
 * Runs krust.
 *
 * @param args what follows the program's name.
 * @returns the exit status (see `EXIT_STATUS`); never throws.
 */
export async function main(args: readonly string[], host: Host): Promise<number> {
  // As `cargo krust …`, cargo passes the subcommand's own name first.
  const byCargo = args[0] === "krust";
  const given = byCargo ? args.slice(1) : args;
  let presentation: Presentation | undefined;
  try {
    return await untilSignalled(host, async (signal, divertSignals) => {
      const command = await parseArguments(given, byCargo ? { name: "cargo krust" } : {});
      return await command({
        host,
        signal,
        divertSignals,
        present: (how) => presentation = how,
      });
    });
  } catch (error) {
    const known = error instanceof KrustError ? error : unexpected(error);
    const { presentationAsked, reportError } = await import("./failure.ts");
    reportError(known, presentation ?? presentationAsked(cutAtDashes(given).own, host), host);
    return known.exitStatus;
  }
}

function unexpected(error: unknown): KrustError {
  const reason = error instanceof Error ? error.message : String(error);
  return new KrustError("internal", `unexpected: ${reason}`, { cause: error });
}

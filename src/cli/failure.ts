// How a failed run ends on stderr: the error in the form that the user chose, and never an exception.
import { KrustError } from "../core/error.ts";
import type { Host } from "../core/host.ts";
import { chooseRenderer, PROGRESS, type Progress } from "../report/choose.ts";
import { errorEvent, renderError } from "../report/error_text.ts";
import { jsonLine } from "../report/json.ts";
import { writeIfPossible } from "../report/line_writer.ts";
import { helpFor } from "./hints.ts";

/** Writes an error to stderr, last. A stderr that cannot be written changes nothing. */
export function reportError(error: KrustError, args: readonly string[], host: Host): void {
  const { code, message, cause, details, stack } = error;
  const complete = new KrustError(code, message, { cause, details, help: helpFor(error) });
  if (stack !== undefined) complete.stack = stack;
  const { progress, verbose } = asked(args, host);
  const { kind, color } = chooseRenderer({
    progress,
    quiet: false,
    terminal: host.stderr.terminal,
    env: (name) => host.env(name),
    overlapping: false,
  });
  writeIfPossible(
    host.stderr,
    kind === "json" ? jsonLine(errorEvent(complete)) : renderError(complete, { color, verbose }),
  );
}

/**
 * How the user wants to be told, read off the arguments without parsing them: an error in the
 * arguments themselves has to be told too.
 */
function asked(
  args: readonly string[],
  host: Host,
): { readonly progress: Progress; readonly verbose: boolean } {
  const end = args.indexOf("--");
  const own = end === -1 ? args : args.slice(0, end);
  const index = own.findIndex((arg) => arg === "--progress" || arg.startsWith("--progress="));
  const flag = index === -1 ? undefined : own[index]?.split("=", 2)[1] ?? own[index + 1];
  const word = flag ?? host.env("KRUST_PROGRESS");
  return {
    progress: PROGRESS.find((progress) => progress === word) ?? "auto",
    verbose: own.some((arg) => arg === "--verbose" || /^-[a-z]*v[a-z]*$/.test(arg)),
  };
}

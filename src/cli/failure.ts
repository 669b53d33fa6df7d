// How a failed run ends on stderr: the error in the form that the user chose, and never an exception.
import { KrustError } from "../core/error.ts";
import type { Host } from "../core/host.ts";
import { chooseRenderer, PROGRESS, type Progress } from "../report/choose.ts";
import { errorEvent, renderError } from "../report/error_text.ts";
import { jsonLine } from "../report/json.ts";
import { writeIfPossible } from "../report/line_writer.ts";
import { helpFor } from "./hints.ts";

/** How the user wants to be told. */
export interface Presentation {
  /** `--progress`. */
  readonly progress: Progress;
  /** `--verbose`. */
  readonly verbose: boolean;
}

/** Writes an error to stderr, last. A stderr that cannot be written changes nothing. */
export function reportError(error: KrustError, how: Presentation, host: Host): void {
  const { code, message, cause, details, stack } = error;
  const complete = new KrustError(code, message, { cause, details, help: helpFor(error) });
  if (stack !== undefined) complete.stack = stack;
  const { kind, color } = chooseRenderer({
    progress: how.progress,
    quiet: false,
    terminal: host.stderr.terminal,
    env: (name) => readableEnv(host, name),
    overlapping: false,
  });
  writeIfPossible(
    host.stderr,
    kind === "json"
      ? jsonLine(errorEvent(complete))
      : renderError(complete, { color, verbose: how.verbose }),
  );
}

/**
 * How the user wants to be told as far as it can be read off the arguments without parsing them: an
 * error in the arguments themselves has to be told, too.
 *
 * @param own krust's own arguments, without those after `--`.
 */
export function presentationAsked(own: readonly string[], host: Host): Presentation {
  const index = own.findLastIndex((arg) => arg === "--progress" || arg.startsWith("--progress="));
  const flag = index === -1 ? undefined : own[index]?.split("=", 2)[1] ?? own[index + 1];
  const word = flag ?? readableEnv(host, "KRUST_PROGRESS");
  return {
    progress: PROGRESS.find((progress) => progress === word) ?? "auto",
    verbose: own.some((arg) => arg === "--verbose" || /^-[a-z]*v[a-z]*$/.test(arg)),
  };
}

/** A variable that is not UTF-8 is an error elsewhere; here it would hide the error that is told. */
function readableEnv(host: Host, name: string): string | undefined {
  try {
    return host.env(name);
  } catch {
    return undefined;
  }
}

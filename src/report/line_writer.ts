// Lines to standard error: what cannot be written is lost, and nothing else comes of it.
import type { Output } from "../core/host.ts";
import { printableLines } from "../core/printable.ts";
import { finishedLine } from "./phrase.ts";
import type { ReportEvent } from "./reporter.ts";
import type { Style } from "./style.ts";

/** Writes text; a terminal that is gone, or a full disk, must not change the result of the work. */
export function writeIfPossible(output: Output, text: string): void {
  try {
    output.write(text);
  } catch {
    // There is no other place where this could be said.
  }
}

/** How events become lines. */
export interface LineOptions {
  /** Colours. */
  readonly style: Style;
  /** Whether to tell of what is only for `-v`. */
  readonly verbose: boolean;
}

/**
 * The lines that an event leaves behind for good, if any (spec.md, "Words on stderr"): what is said
 * stays word for word, but without the control characters that text from outside may carry.
 */
export function permanentLines(event: ReportEvent, options: LineOptions): readonly string[] {
  const debug = (text: string): readonly string[] =>
    options.verbose ? printableLines(text).map((line) => `DEBUG ${line}`) : [];
  switch (event.event) {
    case "message":
      if (event.level === "debug") return debug(event.text);
      return event.level === "info"
        ? printableLines(event.text)
        : warningLines(event.text, options.style);
    case "start":
      return debug(event.label);
    case "progress":
      return [];
    case "finish": {
      const line = finishedLine(event, options.style);
      return line === undefined ? debug(`not finished: ${event.label}`) : [line];
    }
    case "output":
      return [event.line];
  }
}

function warningLines(text: string, style: Style): readonly string[] {
  const [first = "", ...others] = printableLines(text);
  const indent = " ".repeat("warning: ".length);
  return [`${style.warning("warning")}: ${first}`, ...others.map((line) => `${indent}${line}`)];
}

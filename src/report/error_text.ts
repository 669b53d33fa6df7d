// The last words of a failing run, in the manner of rustc (spec.md, "Exit statuses and errors").
import { causeChain, type ErrorCode, EXIT_STATUS, KrustError } from "../core/error.ts";
import { printableLines, redactUrls } from "../core/printable.ts";
import { createStyle } from "./style.ts";

/** How {@linkcode renderError} writes. */
export interface ErrorTextOptions {
  /** Whether to colour. */
  readonly color: boolean;
  /** Whether to show the stack of an error that is a bug of krust's own. */
  readonly verbose: boolean;
}

/**
 * An error as lines, the last one ended: `error[code]: …`, then its causes, then what to do next.
 * Control characters and secrets in addresses are taken out, whoever let them in.
 */
export function renderError(error: unknown, options: ErrorTextOptions): string {
  const style = createStyle(options.color);
  const { code, message, causes, help } = errorFacts(error);
  const [first = "", ...others] = cleanLines(message);
  const lines = [
    `${style.error(`error[${code}]`)}${style.bold(`: ${first}`)}`,
    ...others.map((line) => `  ${line}`),
    ...causes.flatMap((cause) => labelled(style.bold("cause"), "cause", cleanLines(cause))),
    ...labelled(style.bold("help"), "help", help.flatMap(printableLines)),
  ];
  if (options.verbose && code === "internal" && error instanceof Error) {
    lines.push(...printableLines(redactUrls(error.stack ?? "")).map((line) => `  ${line}`));
  }
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

/** An error as an event for programs; it goes out as the last line of JSON. */
export interface ErrorEvent {
  /** Tells it from the events of a renderer. */
  readonly event: "error";
  /** The stable code (`docs/errors.md`). */
  readonly code: ErrorCode;
  /** The exit status that goes with it. */
  readonly status: number;
  /** What was attempted, on what, and what happened. */
  readonly message: string;
  /** The messages of what lies beneath, outermost first. */
  readonly causes: readonly string[];
  /** What to do next. */
  readonly help: readonly string[];
  /** Facts for programs. */
  readonly details: Readonly<Record<string, string>>;
}

/** The event of an error, for `--progress json`. */
export function errorEvent(error: unknown): ErrorEvent {
  const { code, message, causes, help, details } = errorFacts(error);
  return {
    event: "error",
    code,
    status: EXIT_STATUS[code],
    message: cleanLines(message).join("\n"),
    causes: causes.map((cause) => cleanLines(cause).join("\n")),
    help,
    details,
  };
}

type ErrorFacts = Pick<ErrorEvent, "code" | "message" | "causes" | "help" | "details">;

/** Whatever is thrown that is no {@linkcode KrustError} is a bug of krust's own. */
function errorFacts(error: unknown): ErrorFacts {
  const causes = causeChain(error);
  if (error instanceof KrustError) {
    const { code, message, help, details } = error;
    return { code, message, causes, help, details };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : describe(error);
  return {
    code: "internal",
    message: `unexpected failure: ${message}`,
    causes,
    help: [],
    details: {},
  };
}

function describe(thrown: unknown): string {
  return typeof thrown === "object" || typeof thrown === "function"
    ? "something that is no error was thrown"
    : String(thrown);
}

function cleanLines(text: string): readonly string[] {
  return printableLines(redactUrls(text)).filter((line) => line !== "");
}

/** Lines under a label as in `  help:  …`, the following ones below the first. */
function labelled(shown: string, label: string, lines: readonly string[]): readonly string[] {
  const width = "  cause: ".length;
  return lines.map((line, index) =>
    index === 0
      ? `  ${shown}:${" ".repeat(width - label.length - 3)}${line}`
      : `${" ".repeat(width)}${line}`
  );
}

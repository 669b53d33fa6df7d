// The one error class and its closed table of codes: every failure a user can meet is one of these.

/**
 * Stable error codes and the exit status each one ends the process with.
 *
 * A code is part of the contract with users: scripts match on it. `docs/errors.md` has a paragraph
 * for each, and a test fails where one lacks it.
 */
export const EXIT_STATUS = {
  "internal": 1,
  "usage": 2,
  "config-invalid": 2,
  "reference-invalid": 2,
  "yaml-invalid": 2,
  "platform-unknown": 2,
  "project-invalid": 3,
  "cargo-not-found": 3,
  "cargo-failed": 3,
  "target-not-installed": 3,
  "linker-missing": 3,
  "native-dependency": 3,
  "executable-mismatch": 3,
  "not-ready": 3,
  "auth-required": 4,
  "auth-denied": 4,
  "credential-helper-failed": 4,
  "base-not-found": 5,
  "base-platform-missing": 5,
  "registry-rejected": 5,
  "document-invalid": 5,
  "digest-mismatch": 5,
  "images-mismatch": 5,
  "network-failed": 6,
  "asset-refused": 7,
  "store-failed": 7,
  "sink-failed": 7,
  "engine-failed": 7,
  "output-failed": 7,
  "input-failed": 7,
  "kubectl-not-found": 7,
  "hung-up": 129,
  "interrupted": 130,
  "terminated": 143,
} as const;

/** One of the closed set of codes in {@linkcode EXIT_STATUS}. */
export type ErrorCode = keyof typeof EXIT_STATUS;

/** What goes with an error beside its message. */
export interface ErrorOptions {
  /** What lies beneath: its message becomes the `cause:` line. */
  readonly cause?: unknown;
  /** What to do next, a line each, true for any front end (no flag names: those are the CLI's). */
  readonly help?: readonly string[];
  /** Facts for programs (JSON output, hints): never secrets. */
  readonly details?: Readonly<Record<string, string>>;
}

/** A failure with a stable code, a message that says what happened, and what to do about it. */
export class KrustError extends Error {
  /** The stable code. */
  readonly code: ErrorCode;
  /** What to do next, one line each. */
  readonly help: readonly string[];
  /** Facts for programs. */
  readonly details: Readonly<Record<string, string>>;

  /** Makes an error; `message` says what was attempted, on what, and what happened. */
  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "KrustError";
    this.code = code;
    this.help = options.help ?? [];
    this.details = options.details ?? {};
  }

  /** The exit status that this error's code stands for. */
  get exitStatus(): number {
    return EXIT_STATUS[this.code];
  }
}

/**
 * The error to throw for `error` caught around something that should only fail with `code`: a
 * {@linkcode KrustError} passes through unchanged, anything else is wrapped with `message`.
 */
export function wrapError(
  code: ErrorCode,
  message: string,
  error: unknown,
  options: Omit<ErrorOptions, "cause"> = {},
): KrustError {
  return error instanceof KrustError ? error : new KrustError(code, message, {
    ...options,
    cause: error,
  });
}

/** How many causes are told; deeper ones say nothing that helps. */
const CAUSE_LIMIT = 8;

/**
 * The messages of an error's causes, outermost first: what a message before has said already is
 * dropped. The errors of an `AggregateError` count as its causes.
 */
export function causeChain(error: unknown): readonly string[] {
  const told = [messageOf(error)];
  const seen = new Set<unknown>([error]);
  const waiting = causesOf(error);
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    // Nothing forbids a chain that bites its own tail.
    if (seen.has(at)) continue;
    seen.add(at);
    const message = messageOf(at);
    if (message !== "" && !told.some((known) => known.includes(message))) told.push(message);
    if (told.length > CAUSE_LIMIT) break;
    waiting.unshift(...causesOf(at));
  }
  return told.slice(1);
}

function causesOf(error: unknown): unknown[] {
  if (!(error instanceof Error)) return [];
  const parts: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  return [error.cause, ...parts].filter((cause) => cause !== undefined && cause !== null);
}

/** What Deno appends to the system's own reason: the call, and paths that may be temporary ones. */
const SYSTEM_CALL = /^(.* \(os error \d+\)): \w+ '.*$/s;

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message.replace(SYSTEM_CALL, "$1");
  // Whatever else is thrown says nothing as text ("[object Object]").
  return typeof error === "object" || typeof error === "function" ? "" : String(error);
}

// What `krust doctor` finds, as data: one fact about the machine, what it means for a build, and the
// command that mends it.
import { causeChain, KrustError } from "../../core/error.ts";
import { helpFor } from "../hints.ts";

/** The checks, in the order in which they are told. */
export const CHECKS = [
  "krust",
  "project",
  "cargo",
  "rustc",
  "toolchain",
  "target",
  "linker",
  "crates",
  "engine",
  "emulator",
  "registry",
  "base",
  "clock",
  "cache",
  "proxy",
] as const;

/** One of {@linkcode CHECKS}. */
export type Check = typeof CHECKS[number];

/** What a finding means: all is well, good to know, may go wrong, a build fails. */
export type Status = "ok" | "note" | "warning" | "failure";

/** Something that `--fix` may do by itself: nothing that wants rights or secrets. */
export type Remedy =
  | { readonly kind: "add-target"; readonly target: string; readonly directory: string }
  | { readonly kind: "make-folder"; readonly path: string }
  | { readonly kind: "prune"; readonly path: string; readonly limit: number };

interface Fact {
  /** Which check found it. */
  readonly check: Check;
  /** What was found, in one line. */
  readonly what: string;
  /** Why, or what follows. */
  readonly why?: string;
  /** The platform that it is about, where it is about one. */
  readonly platform?: string;
  /** More lines, which people see with `-v`. */
  readonly details?: readonly string[];
  /** What `--fix` may do about it. */
  readonly remedy?: Remedy;
}

/** One finding; what may go wrong always has a command. */
export type Finding =
  | Fact & { readonly status: "ok" | "note"; readonly command?: string }
  | Fact & { readonly status: "warning" | "failure"; readonly command: string };

/** Whether a build would go through, whatever it warns of. */
export function isReady(findings: readonly Finding[]): boolean {
  return findings.every(({ status }) => status !== "failure");
}

/** Findings in the order of the checks; those of one check stay as they are. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return CHECKS.flatMap((check) => findings.filter((finding) => finding.check === check));
}

/** An error's message, causes and help in one line. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const help = error instanceof KrustError ? helpFor(error) : [];
  return [message, ...causeChain(error), ...help].join("; ");
}

/** A word as a shell takes it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

// The one file that writes to stdout: results, and nothing else.
import { KrustError } from "../core/error.ts";
import type { Host } from "../core/host.ts";

/**
 * Writes a result to stdout.
 *
 * @param help what is said beside the error, so that a result that took work is not lost.
 * @throws {KrustError} `output-failed` where nobody can read it.
 */
export function writeResult(host: Host, text: string, help: readonly string[] = []): void {
  try {
    host.stdout.write(text);
  } catch (error) {
    throw new KrustError("output-failed", "cannot write the result to standard output", {
      cause: error,
      help,
    });
  }
}

/**
 * Writes the references of images that are where they belong, a line each.
 *
 * @throws {KrustError} `output-failed` where nobody can read them; it repeats them.
 */
export function writeReferences(host: Host, references: readonly string[]): void {
  if (references.length === 0) return;
  writeResult(host, `${references.join("\n")}\n`, nevertheless(references));
}

/** What is said of images that are there, beside an error that would hide them. */
export function nevertheless(references: readonly string[]): readonly string[] {
  return references.map((reference) => `the image is there nevertheless: ${reference}`);
}

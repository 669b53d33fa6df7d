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

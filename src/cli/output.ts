// The one file that writes to stdout: results, and nothing else.
import { KrustError } from "../core/error.ts";
import type { Host } from "../core/host.ts";

/**
 * Writes a result to stdout.
 *
 * @throws {KrustError} `output-failed` where nobody can read it; its details hold the result, so that it
 * is not lost.
 */
export function writeResult(host: Host, text: string): void {
  try {
    host.stdout.write(text);
  } catch (error) {
    throw new KrustError("output-failed", "cannot write the result to standard output", {
      cause: error,
      help: text.trimEnd().split("\n").slice(0, 10).map((line) => `the result is: ${line}`),
    });
  }
}

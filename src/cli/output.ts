// The one file that writes to stdout: results, and nothing else.
import { KrustError } from "../core/error.ts";
import type { Host } from "../core/host.ts";
import type { Cancel } from "../core/streams.ts";

/** Options of {@linkcode writeResult}. */
export interface WriteResultOptions extends Cancel {
  /** What is said beside an error, so that a result that took work is not lost. */
  readonly help?: readonly string[];
}

/**
 * Writes a result to stdout.
 *
 * @throws {KrustError} `output-failed` where nobody can read it.
 */
export async function writeResult(
  host: Host,
  text: string,
  { help = [], ...cancel }: WriteResultOptions = {},
): Promise<void> {
  try {
    await host.stdout.write(text, cancel);
  } catch (error) {
    cancel.signal?.throwIfAborted();
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
export async function writeReferences(
  host: Host,
  references: readonly string[],
  cancel: Cancel = {},
): Promise<void> {
  if (references.length === 0) return;
  await writeResult(host, `${references.join("\n")}\n`, {
    ...cancel,
    help: nevertheless(references),
  });
}

/** What is said of images that are there, beside an error that would hide them. */
export function nevertheless(references: readonly string[]): readonly string[] {
  return references.map((reference) => `the image is there nevertheless: ${reference}`);
}

// How it is told that a local place cannot be written: where, why, and for a full disk how much is wanted.
import { KrustError } from "../core/error.ts";
import { isDiskFull } from "../core/files.ts";
import { formatBytes, printable } from "../core/printable.ts";
import type { Node } from "../image/image.ts";
import { distinctContent } from "./content.ts";

/**
 * The error for what the system refused: `sink-failed`. A {@linkcode KrustError} stays as it is.
 *
 * @param what what could not be written, as in `cannot write <what>`.
 * @param path where.
 */
export function localFailure(what: string, path: string, root: Node, error: unknown): KrustError {
  if (error instanceof KrustError) return error;
  if (!isDiskFull(error)) {
    return new KrustError("sink-failed", `cannot write ${what} "${path}"`, { cause: error });
  }
  const wanted = formatBytes(
    distinctContent(root).reduce((sum, { descriptor }) => sum + descriptor.size, 0),
  );
  return new KrustError(
    "sink-failed",
    `no space left on "${printable(path, 1_000)}" (needs ${wanted})`,
    { cause: error, help: ["free some space on its disk, or write to another"] },
  );
}

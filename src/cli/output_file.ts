// Files that tell of a build: whole or not at all, and what was built is told where they fail.
import { resolve } from "node:path";
import { KrustError } from "../core/error.ts";
import { writeFileWhole } from "../core/files.ts";
import type { Host } from "../core/host.ts";

/** A file to write. */
export interface OutputFile {
  /** What it is, for errors: "the metadata file". */
  readonly what: string;
  /** As the user named it; relative to the working directory. */
  readonly named: string;
  /** What it is to hold. */
  readonly text: string;
}

/**
 * Writes the file, whole or not at all.
 *
 * @param help what is said beside the error, so that the result is not lost.
 * @throws {KrustError} `output-failed`.
 */
export async function writeOutputFile(
  { cwd }: Pick<Host, "cwd">,
  { what, named, text }: OutputFile,
  help: readonly string[] = [],
): Promise<void> {
  const path = resolve(cwd, named);
  try {
    await writeFileWhole(path, text);
  } catch (error) {
    throw new KrustError("output-failed", `cannot write ${what} "${path}"`, { cause: error, help });
  }
}

// A program on disk that cargo made: read, checked against its platform, and hashed.
import { KrustError } from "../core/error.ts";
import { hashFile } from "../core/files.ts";
import { printable } from "../core/printable.ts";
import type { Cancel } from "../core/streams.ts";
import type { Platform } from "../oci/platform.ts";
import type { Executable } from "./cargo.ts";
import { checkExecutable, fileSource } from "./check_executable.ts";
import type { Elf } from "./elf.ts";

/**
 * Reads the program at `path`, an absolute path.
 *
 * @throws {KrustError} `executable-mismatch` where it is not there or would not run in a container.
 */
export async function readExecutable(
  name: string,
  path: string,
  made: { readonly triple: string; readonly platform: Platform },
  options: Cancel = {},
): Promise<Executable> {
  const { platform, triple: target } = made;
  const elf = await checkFile(name, path, platform);
  return { name, path, target, platform, elf, ...await hashFile(path, options) };
}

async function checkFile(name: string, path: string, platform: Platform): Promise<Elf> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { read: true });
  } catch (error) {
    throw new KrustError(
      "executable-mismatch",
      `cannot read the program "${printable(path)}" that cargo made`,
      {
        cause: error,
      },
    );
  }
  try {
    const { size } = await file.stat();
    return await checkExecutable(fileSource(file, size), name, platform);
  } finally {
    file.close();
  }
}

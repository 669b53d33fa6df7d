// A program on disk: read, checked against its platform, and hashed.
import { KrustError } from "../core/error.ts";
import { hashFile } from "../core/files.ts";
import { printable } from "../core/printable.ts";
import type { Cancel } from "../core/streams.ts";
import { parsePlatform, type Platform } from "../oci/platform.ts";
import type { Executable } from "./cargo.ts";
import { architectureOf, checkExecutable, fileSource } from "./check_executable.ts";
import { type ByteSource, type Elf, readElf } from "./elf.ts";
import { targetTriple } from "./target.ts";

/**
 * The platform that a program which lies there already is for, by its ELF header. Of 32-bit ARM it
 * tells no variant: `arm/v7` is taken, which is what most are.
 *
 * @throws {KrustError} `executable-mismatch` where it is not there, is no program, or is for a processor
 * that krust has no platform for.
 */
export async function programPlatform(name: string, path: string): Promise<Platform> {
  const { machine } = await withSource(path, (source) => readElf(source, `"${name}"`));
  const architecture = architectureOf(machine);
  if (architecture !== undefined) return parsePlatform(`linux/${architecture}`);
  throw new KrustError(
    "executable-mismatch",
    `"${name}" is for the processor ${machine}, which no platform has`,
  );
}

/**
 * Reads a program that lies there already.
 *
 * @throws {KrustError} `executable-mismatch` where it is not there or would not run in a container.
 */
export function readProgram(
  name: string,
  path: string,
  platform: Platform,
  options: Cancel = {},
): Promise<Executable> {
  return readExecutable(name, path, { platform, triple: targetTriple(platform, "musl") }, options);
}

/**
 * Reads the program at `path`, an absolute path.
 *
 * @throws {KrustError} `executable-mismatch` where it is not there or would not run in a container.
 */
export async function readExecutable(
  name: string,
  path: string,
  made: { readonly triple: string; readonly platform: Platform; readonly dynamic?: boolean },
  options: Cancel = {},
): Promise<Executable> {
  const { platform, triple: target } = made;
  const elf = await checkFile(name, path, made);
  return { name, path, target, platform, elf, ...await hashFile(path, options) };
}

function checkFile(
  name: string,
  path: string,
  { platform, dynamic = false }: { readonly platform: Platform; readonly dynamic?: boolean },
): Promise<Elf> {
  return withSource(path, (source) => checkExecutable(source, name, platform, { dynamic }));
}

async function withSource<T>(
  path: string,
  work: (source: ByteSource) => Promise<T>,
): Promise<T> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { read: true });
  } catch (error) {
    throw new KrustError(
      "executable-mismatch",
      `cannot read the program "${printable(path)}"`,
      {
        cause: error,
      },
    );
  }
  try {
    const { size, isDirectory } = await file.stat();
    if (isDirectory) {
      throw new KrustError("executable-mismatch", `"${printable(path)}" is a folder, no program`);
    }
    return await work(fileSource(file, size));
  } finally {
    file.close();
  }
}

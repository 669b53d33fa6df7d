// Versions of symbols in an ELF file (Linux Standard Base, "Symbol Versioning"): what a program wants of
// each library, and what a library has. Both are chains of records; each has an end, damaged or not.
import { type ByteSource, fieldsOf, type Layout, mismatch, readRange } from "./elf_file.ts";

/** By library, the versions that are wanted of it. */
export type Versions = Readonly<Record<string, readonly string[]>>;

/** A file whose records are read. */
export interface VersionedFile {
  /** Its bytes. */
  readonly source: ByteSource;
  /** Its word size and byte order. */
  readonly layout: Layout;
  /** What errors call it. */
  readonly what: string;
  /** A name by its offset in the file's table of names. */
  readonly name: (offset: number) => Promise<string>;
}

/** Far beyond what any library has: glibc defines some forty. */
const RECORD_LIMIT = 4096;

/** A version that may be missing, as far as the loader is concerned. */
const VER_FLG_WEAK = 2;

/** The chain of `.gnu.version_r` at `offset`; undefined where there is none. */
export async function readRequiredVersions(
  file: VersionedFile,
  offset: number | undefined,
): Promise<Versions | undefined> {
  if (offset === undefined) return undefined;
  const found: Record<string, readonly string[]> = {};
  await walk(file, offset, 16, 12, async (fields, at) => {
    const library = await file.name(fields.u32(4));
    const versions: string[] = [];
    await walk(file, at + fields.u32(8), 16, 12, async (auxiliary) => {
      if ((auxiliary.u16(4) & VER_FLG_WEAK) !== 0) return;
      versions.push(await file.name(auxiliary.u32(8)));
    });
    found[library] = versions;
  });
  return found;
}

/** The chain of `.gnu.version_d` at `offset`; undefined where there is none. */
export async function readDefinedVersions(
  file: VersionedFile,
  offset: number | undefined,
): Promise<readonly string[] | undefined> {
  if (offset === undefined) return undefined;
  const found: string[] = [];
  await walk(file, offset, 20, 16, async (fields, at) => {
    const name = await readRange(file.source, at + fields.u32(12), 8, file.what);
    found.push(await file.name(fieldsOf(name, file.layout).u32(0)));
  });
  return found;
}

/** Visits records of `size` bytes, each of which has the distance to the next at `next`. */
async function walk(
  { source, layout, what }: VersionedFile,
  offset: number,
  size: number,
  next: number,
  visit: (fields: ReturnType<typeof fieldsOf>, at: number) => Promise<void>,
): Promise<void> {
  let at = offset;
  for (let count = 0; count < RECORD_LIMIT; count++) {
    const fields = fieldsOf(await readRange(source, at, size, what), layout);
    await visit(fields, at);
    const distance = fields.u32(next);
    if (distance === 0) return;
    at += distance;
  }
  throw mismatch(what, "is damaged: it has countless versions");
}

// Reads what decides whether a program can start: its machine, its loader, the libraries it wants.
// Only headers are read, in ranges that lie within the file, and whatever the bytes, only KrustError escapes.
import {
  type ByteSource,
  type Fields,
  fieldsOf,
  type Layout,
  mismatch,
  NAME_LIMIT,
  offsetOf,
  PT_LOAD,
  readRange,
  type Segment,
  text,
} from "./elf_file.ts";
import { readDefinedVersions, readRequiredVersions } from "./elf_versions.ts";
import { describeForeignFormat } from "./foreign_format.ts";

export type { ByteSource } from "./elf_file.ts";

/** What a program needs of the machine and file system it runs on. */
export interface Elf {
  /** Processor, in the words of target triples: `x86_64`, `aarch64`, `arm`, … */
  readonly machine: string;
  /** PT_INTERP: the loader that the kernel starts in the program's place. */
  readonly interpreter?: string;
  /** DT_NEEDED: shared libraries that the loader must find. */
  readonly needed: readonly string[];
  /** `.gnu.version_r`: by library, the versions of symbols that it must define; absent for none. */
  readonly versions?: Readonly<Record<string, readonly string[]>>;
}

/** All that the headers say of a file (System V ABI, "Object Files" and "Program Loading"). */
export interface ElfHeaders extends Elf {
  /** 32 or 64. */
  readonly bits: 32 | 64;
  /** Byte order. */
  readonly endianness: "little" | "big";
  /** ET_REL, ET_EXEC, ET_DYN, ET_CORE. */
  readonly type: "object" | "executable" | "dynamic" | "core" | "unknown";
  /** Whether it has an address to start at. */
  readonly startable: boolean;
  /** Whether it is position-independent and yet needs no loader. */
  readonly staticPie: boolean;
  /** DT_SONAME: the name by which programs ask for a library. */
  readonly soname?: string;
  /** `.gnu.version_d`: versions of symbols that a library defines; absent for none. */
  readonly defined?: readonly string[];
}

const TYPES = ["unknown", "object", "executable", "dynamic", "core"] as const;

/** e_machine, the class and byte order that go with it, and the name it has in target triples. */
const MACHINES: readonly (readonly [number, 32 | 64, "little" | "big", string])[] = [
  [3, 32, "little", "i386"],
  [20, 32, "big", "powerpc"],
  [21, 64, "little", "powerpc64le"],
  [21, 64, "big", "powerpc64"],
  [22, 64, "big", "s390x"],
  [40, 32, "little", "arm"],
  [62, 64, "little", "x86_64"],
  [183, 64, "little", "aarch64"],
  [243, 64, "little", "riscv64"],
  [258, 64, "little", "loongarch64"],
];

const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NULL = 0;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_SONAME = 14;
const DT_VERDEF = 0x6ffffffc;
const DT_VERNEED = 0x6ffffffe;

// Far beyond anything a linker makes; what exceeds them was made to exhaust a reader.
const SEGMENT_LIMIT = 1024;
const DYNAMIC_LIMIT = 1024 * 1024;
const NEEDED_LIMIT = 512;

/**
 * Reads the headers of an ELF file.
 *
 * @param what names the file in errors, which go on from it: `"app"` gives `"app" is empty`.
 * @param wanted says what it should have been.
 * @throws {KrustError} `executable-mismatch` where it is no ELF file, or not a whole one.
 */
export async function readElf(
  source: ByteSource,
  what: string,
  wanted: string = "ELF",
): Promise<ElfHeaders> {
  if (source.size === 0) throw mismatch(what, "is empty");
  const head = await readRange(source, 0, Math.min(source.size, 64), what);
  if (!(head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46)) {
    throw mismatch(what, `is ${describeForeignFormat(head)}, wanted ${wanted}`);
  }
  const layout = readLayout(head, what);
  const wide = layout.bits === 64;
  if (head.length < (wide ? 64 : 52)) throw mismatch(what, "is cut off within its ELF header");
  const fields = fieldsOf(head, layout);
  const segments = await readSegments(source, fields, layout, what);
  requireWhole(source, fields, wide, segments, what);
  const interpreter = await readInterpreter(source, segments, what);
  const linked = await readDynamic(source, segments, layout, what);
  const type = TYPES[fields.u16(16)] ?? "unknown";
  return {
    machine: machineName(fields.u16(18), layout),
    ...layout,
    type,
    startable: fields.word(24) !== 0,
    staticPie: type === "dynamic" && interpreter === undefined && linked.needed.length === 0,
    ...(interpreter === undefined ? {} : { interpreter }),
    ...linked,
  };
}

function readLayout(head: Uint8Array, what: string): Layout {
  const bits = head[4] === 1 ? 32 : head[4] === 2 ? 64 : undefined;
  const endianness = head[5] === 1 ? "little" : head[5] === 2 ? "big" : undefined;
  if (bits === undefined || endianness === undefined) {
    throw mismatch(what, "is damaged: its ELF header has no valid class and byte order");
  }
  return { bits, endianness };
}

async function readSegments(
  source: ByteSource,
  header: Fields,
  layout: Layout,
  what: string,
): Promise<readonly Segment[]> {
  const wide = layout.bits === 64;
  const entrySize = header.u16(wide ? 54 : 42);
  const count = header.u16(wide ? 56 : 44);
  if (count === 0) return [];
  if (count > SEGMENT_LIMIT || entrySize !== (wide ? 56 : 32)) {
    throw mismatch(what, "is damaged: its program headers have no valid size and number");
  }
  const table = await readRange(source, header.word(wide ? 32 : 28), count * entrySize, what);
  return Array.from({ length: count }, (_, index) => {
    const fields = fieldsOf(table, layout, index * entrySize);
    return {
      type: fields.u32(0),
      offset: fields.word(wide ? 8 : 4),
      address: fields.word(wide ? 16 : 8),
      size: fields.word(wide ? 32 : 16),
    };
  });
}

/** A download or copy that ended early still has its headers: what they promise must be there. */
function requireWhole(
  source: ByteSource,
  header: Fields,
  wide: boolean,
  segments: readonly Segment[],
  what: string,
): void {
  const sections = header.word(wide ? 40 : 32);
  const ends = segments
    .filter(({ type }) => type === PT_LOAD || type === PT_DYNAMIC || type === PT_INTERP)
    .map(({ offset, size }) => offset + size);
  if (sections !== 0) {
    ends.push(sections + header.u16(wide ? 58 : 46) * header.u16(wide ? 60 : 48));
  }
  const end = Math.max(0, ...ends);
  if (!(end <= source.size)) {
    throw mismatch(what, `is cut off: it has ${source.size} bytes of ${end}`);
  }
}

async function readInterpreter(
  source: ByteSource,
  segments: readonly Segment[],
  what: string,
): Promise<string | undefined> {
  const segment = segments.find(({ type }) => type === PT_INTERP);
  if (segment === undefined) return undefined;
  if (segment.size > NAME_LIMIT) {
    throw mismatch(what, "is damaged: the name of its loader is endless");
  }
  return text(await readRange(source, segment.offset, segment.size, what));
}

type Dynamic = Pick<ElfHeaders, "needed" | "soname" | "versions" | "defined">;

async function readDynamic(
  source: ByteSource,
  segments: readonly Segment[],
  layout: Layout,
  what: string,
): Promise<Dynamic> {
  const segment = segments.find(({ type }) => type === PT_DYNAMIC);
  if (segment === undefined) return { needed: [] };
  if (segment.size > DYNAMIC_LIMIT) {
    throw mismatch(what, "is damaged: its dynamic section is endless");
  }
  const bytes = await readRange(source, segment.offset, segment.size, what);
  const { names, strings, soname, verneed, verdef } = dynamicEntries(bytes, layout);
  if (names.length > NEEDED_LIMIT) throw mismatch(what, "is damaged: it needs countless libraries");
  if (names.length === 0 && soname === undefined) return { needed: [] };
  const table = offsetOf(strings, segments);
  if (table === undefined) {
    throw mismatch(what, "is damaged: its library names are not in the file");
  }
  const name = async (offset: number): Promise<string> => {
    const length = Math.max(0, Math.min(NAME_LIMIT, source.size - (table + offset)));
    return text(await readRange(source, table + offset, length, what));
  };
  const needed: string[] = [];
  for (const offset of names) needed.push(await name(offset));
  const file = { source, layout, what, name };
  const at = (address: number | undefined): number | undefined =>
    address === undefined ? undefined : offsetOf(address, segments);
  const versions = await readRequiredVersions(file, at(verneed));
  const defined = await readDefinedVersions(file, at(verdef));
  return {
    needed,
    ...(soname === undefined ? {} : { soname: await name(soname) }),
    ...(versions === undefined ? {} : { versions }),
    ...(defined === undefined ? {} : { defined }),
  };
}

/** What the dynamic section says: offsets of names, and addresses of the tables that are read. */
interface DynamicEntries {
  readonly names: readonly number[];
  readonly strings: number;
  readonly soname?: number;
  readonly verneed?: number;
  readonly verdef?: number;
}

function dynamicEntries(bytes: Uint8Array, layout: Layout): DynamicEntries {
  const width = layout.bits / 8;
  const names: number[] = [];
  const found = new Map<number, number>();
  for (let at = 0; at + 2 * width <= bytes.length; at += 2 * width) {
    const fields = fieldsOf(bytes, layout, at);
    const tag = fields.word(0);
    if (tag === DT_NULL) break;
    if (tag === DT_NEEDED) names.push(fields.word(width));
    else found.set(tag, fields.word(width));
  }
  const [soname, verneed, verdef] = [DT_SONAME, DT_VERNEED, DT_VERDEF].map((tag) => found.get(tag));
  return {
    names,
    strings: found.get(DT_STRTAB) ?? Infinity,
    ...(soname === undefined ? {} : { soname }),
    ...(verneed === undefined ? {} : { verneed }),
    ...(verdef === undefined ? {} : { verdef }),
  };
}

function machineName(code: number, { bits, endianness }: Layout): string {
  const exact = MACHINES.find((row) => row[0] === code && row[1] === bits && row[2] === endianness);
  if (exact !== undefined) return exact[3];
  const near = MACHINES.find((row) => row[0] === code)?.[3] ?? `machine ${code}`;
  return `${near} (${bits}-bit, ${endianness}-endian)`;
}

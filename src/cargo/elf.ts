// Reads what decides whether a program can start: its machine, its loader, the libraries it wants.
// Only headers are read, in ranges that lie within the file, and whatever the bytes, only KrustError escapes.
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";
import { describeForeignFormat } from "./foreign_format.ts";

/** A file that is read in ranges. */
export interface ByteSource {
  /** Exact size in bytes. */
  readonly size: number;
  /** Gives `length` bytes from `offset`; only ever asked for ranges within `size`. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** What a program needs of the machine and file system it runs on. */
export interface Elf {
  /** Processor, in the words of target triples: `x86_64`, `aarch64`, `arm`, … */
  readonly machine: string;
  /** PT_INTERP: the loader that the kernel starts in the program's place. */
  readonly interpreter?: string;
  /** DT_NEEDED: shared libraries that the loader must find. */
  readonly needed: readonly string[];
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

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NULL = 0;
const DT_NEEDED = 1;
const DT_STRTAB = 5;

// Far beyond anything a linker makes; what exceeds them was made to exhaust a reader.
const SEGMENT_LIMIT = 1024;
const DYNAMIC_LIMIT = 1024 * 1024;
const NEEDED_LIMIT = 512;
const NAME_LIMIT = 4096;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** Fields of one record in the file's own byte order and word size. */
interface Fields {
  u16(at: number): number;
  u32(at: number): number;
  /** An address or offset: 4 or 8 bytes. Beyond 2^53 it becomes Infinity, which no range holds. */
  word(at: number): number;
}

interface Layout {
  readonly bits: 32 | 64;
  readonly endianness: "little" | "big";
}

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
  const needed = await readNeeded(source, segments, layout, what);
  const type = TYPES[fields.u16(16)] ?? "unknown";
  return {
    machine: machineName(fields.u16(18), layout),
    ...layout,
    type,
    startable: fields.word(24) !== 0,
    staticPie: type === "dynamic" && interpreter === undefined && needed.length === 0,
    ...(interpreter === undefined ? {} : { interpreter }),
    needed,
  };
}

function mismatch(what: string, why: string): KrustError {
  return new KrustError("executable-mismatch", `${what} ${why}`, {
    help: ["it must be a whole Linux program: compile it anew"],
  });
}

async function readRange(
  source: ByteSource,
  offset: number,
  length: number,
  what: string,
): Promise<Uint8Array> {
  // Written so that NaN and Infinity fail too.
  if (!(offset >= 0 && length >= 0 && offset + length <= source.size)) {
    throw mismatch(what, `is cut off or damaged: it points at byte ${offset} of ${source.size}`);
  }
  const bytes = await source.read(offset, length);
  if (bytes.length !== length) throw mismatch(what, "became shorter while it was read");
  return bytes;
}

function readLayout(head: Uint8Array, what: string): Layout {
  const bits = head[4] === 1 ? 32 : head[4] === 2 ? 64 : undefined;
  const endianness = head[5] === 1 ? "little" : head[5] === 2 ? "big" : undefined;
  if (bits === undefined || endianness === undefined) {
    throw mismatch(what, "is damaged: its ELF header has no valid class and byte order");
  }
  return { bits, endianness };
}

function fieldsOf(bytes: Uint8Array, { bits, endianness }: Layout, start = 0): Fields {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.byteLength - start);
  const little = endianness === "little";
  const u32 = (at: number): number => view.getUint32(at, little);
  return {
    u16: (at) => view.getUint16(at, little),
    u32,
    word(at): number {
      if (bits === 32) return u32(at);
      const value = view.getBigUint64(at, little);
      return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : Infinity;
    },
  };
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

async function readNeeded(
  source: ByteSource,
  segments: readonly Segment[],
  layout: Layout,
  what: string,
): Promise<readonly string[]> {
  const segment = segments.find(({ type }) => type === PT_DYNAMIC);
  if (segment === undefined) return [];
  if (segment.size > DYNAMIC_LIMIT) {
    throw mismatch(what, "is damaged: its dynamic section is endless");
  }
  const bytes = await readRange(source, segment.offset, segment.size, what);
  const { names, strings } = dynamicEntries(bytes, layout);
  if (names.length === 0) return [];
  if (names.length > NEEDED_LIMIT) throw mismatch(what, "is damaged: it needs countless libraries");
  const table = offsetOf(strings, segments);
  if (table === undefined) {
    throw mismatch(what, "is damaged: its library names are not in the file");
  }
  const needed: string[] = [];
  for (const name of names) {
    const length = Math.max(0, Math.min(NAME_LIMIT, source.size - (table + name)));
    needed.push(text(await readRange(source, table + name, length, what)));
  }
  return needed;
}

/** Offsets of the needed libraries' names, and the address of the table that holds them. */
function dynamicEntries(
  bytes: Uint8Array,
  layout: Layout,
): { readonly names: readonly number[]; readonly strings: number } {
  const width = layout.bits / 8;
  const names: number[] = [];
  let strings = Infinity;
  for (let at = 0; at + 2 * width <= bytes.length; at += 2 * width) {
    const fields = fieldsOf(bytes, layout, at);
    const tag = fields.word(0);
    if (tag === DT_NULL) break;
    if (tag === DT_NEEDED) names.push(fields.word(width));
    if (tag === DT_STRTAB) strings = fields.word(width);
  }
  return { names, strings };
}

/** Where in the file the byte lies that is loaded at `address`. */
function offsetOf(address: number, segments: readonly Segment[]): number | undefined {
  const segment = segments.find(({ type, address: start, size }) =>
    type === PT_LOAD && start <= address && address < start + size
  );
  return segment === undefined ? undefined : segment.offset + (address - segment.address);
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return printable(new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end)));
}

function machineName(code: number, { bits, endianness }: Layout): string {
  const exact = MACHINES.find((row) => row[0] === code && row[1] === bits && row[2] === endianness);
  if (exact !== undefined) return exact[3];
  const near = MACHINES.find((row) => row[0] === code)?.[3] ?? `machine ${code}`;
  return `${near} (${bits}-bit, ${endianness}-endian)`;
}

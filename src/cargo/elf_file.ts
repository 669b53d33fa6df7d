// Ranges of an ELF file, its fields and texts: what its readers stand on. Ranges lie within the file.
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";

/** A file that is read in ranges. */
export interface ByteSource {
  /** Exact size in bytes. */
  readonly size: number;
  /** Gives `length` bytes from `offset`; only ever asked for ranges within `size`. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Loaded into memory. */
export const PT_LOAD = 1;

/** A part of the file that is loaded, or tells the loader something. */
export interface Segment {
  /** PT_*. */
  readonly type: number;
  /** Where it lies in the file. */
  readonly offset: number;
  /** Where it is loaded. */
  readonly address: number;
  /** Bytes in the file. */
  readonly size: number;
}

/** Fields of one record in the file's own byte order and word size. */
export interface Fields {
  /** Two bytes. */
  u16(at: number): number;
  /** Four bytes. */
  u32(at: number): number;
  /** An address or offset: 4 or 8 bytes. Beyond 2^53 it becomes Infinity, which no range holds. */
  word(at: number): number;
}

/** Word size and byte order. */
export interface Layout {
  /** 32 or 64. */
  readonly bits: 32 | 64;
  /** Byte order. */
  readonly endianness: "little" | "big";
}

/** Longest name that is read, in bytes. */
export const NAME_LIMIT = 4096;

/** The error for a file that is no whole ELF; `what` names it, and the message goes on from it. */
export function mismatch(what: string, why: string): KrustError {
  return new KrustError("executable-mismatch", `${what} ${why}`, {
    help: ["it must be a whole Linux program: compile it anew"],
  });
}

/** Reads a range that the file itself names. */
export async function readRange(
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

/** Fields of the record at `start`. */
export function fieldsOf(bytes: Uint8Array, { bits, endianness }: Layout, start = 0): Fields {
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

/** Where in the file the byte lies that is loaded at `address`. */
export function offsetOf(address: number, segments: readonly Segment[]): number | undefined {
  const segment = segments.find(({ type, address: start, size }) =>
    type === PT_LOAD && start <= address && address < start + size
  );
  return segment === undefined ? undefined : segment.offset + (address - segment.address);
}

/** A text that ends with a zero byte. */
export function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return printable(new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end)));
}

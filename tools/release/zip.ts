// A zip archive of files in memory, with bytes that depend on the files alone (PKWARE's APPNOTE 6.3.10).
import { Buffer } from "node:buffer";
import { crc32, deflateRawSync } from "node:zlib";

/** A file of an archive. */
export interface ZipFile {
  /** Relative path with `/` between its components. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** What it holds. */
  readonly content: Uint8Array<ArrayBuffer>;
}

/** Deflate, and names in UTF-8. */
const VERSION = 20;
const UTF8 = 0x0800;
const DEFLATE = 8;

/** 1980-01-01 00:00, the first moment that the format knows. */
const DATE = 0x0021;

/** Made on Unix, so that modes are read. */
const UNIX = 3 << 8;
const REGULAR = 0o100000;

/** The archive's parts in order. */
export function writeZip(files: readonly ZipFile[]): readonly Uint8Array<ArrayBuffer>[] {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let at = 0;
  const add = (part: Uint8Array<ArrayBuffer>): void => {
    parts.push(part);
    at += part.length;
  };
  for (const file of files) {
    const packed = new Uint8Array(deflateRawSync(file.content, { level: 9 }));
    const name = new TextEncoder().encode(file.path);
    const shared = fields(
      [2, UTF8],
      [2, DEFLATE],
      [2, 0],
      [2, DATE],
      [4, crc32(file.content)],
      [4, packed.length],
      [4, file.content.length],
      [2, name.length],
    );
    const attributes = (REGULAR | file.mode) * 2 ** 16;
    directory.push(
      fields([4, 0x02014b50], [2, UNIX | VERSION], [2, VERSION]),
      shared,
      fields([2, 0], [2, 0], [2, 0], [2, 0], [4, attributes], [4, at]),
      name,
    );
    add(fields([4, 0x04034b50], [2, VERSION]));
    add(shared);
    add(fields([2, 0]));
    add(name);
    add(packed);
  }
  const start = at;
  for (const part of directory) add(part);
  const count = files.length;
  add(fields([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, at - start], [4, start]));
  add(fields([2, 0]));
  return parts;
}

/** Numbers one after another, little-endian, each of so many bytes. */
function fields(...numbers: readonly (readonly [2 | 4, number])[]): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.alloc(numbers.reduce((sum, [width]) => sum + width, 0));
  let at = 0;
  for (const [width, value] of numbers) at = bytes.writeUIntLE(value, at, width);
  return new Uint8Array(bytes);
}

// ELF files with a dynamic section, in every class and byte order, for the reader's tests.

/** What the file says. */
export interface SampleElf {
  readonly bits?: 32 | 64;
  readonly little?: boolean;
  readonly machine?: number;
  /** e_type; 3 is ET_DYN. */
  readonly type?: number;
  readonly entry?: number;
  readonly interpreter?: string;
  readonly needed?: readonly string[];
}

const BASE = 0x10000;

/** Writes one field after another. */
class Writer {
  readonly bytes: number[] = [];
  readonly #little: boolean;
  readonly #bits: 32 | 64;

  constructor(bits: 32 | 64, little: boolean) {
    this.#bits = bits;
    this.#little = little;
  }

  put(value: number, width: number): this {
    const digits = Array.from(
      { length: width },
      (_, index) => Math.floor(value / 256 ** index) % 256,
    );
    this.bytes.push(...(this.#little ? digits : digits.toReversed()));
    return this;
  }

  half(...values: readonly number[]): this {
    for (const value of values) this.put(value, 2);
    return this;
  }

  int(...values: readonly number[]): this {
    for (const value of values) this.put(value, 4);
    return this;
  }

  word(...values: readonly number[]): this {
    for (const value of values) this.put(value, this.#bits / 8);
    return this;
  }
}

/** Makes such a file: header, three program headers, loader's name, strings, dynamic section. */
export function sampleElf(sample: SampleElf = {}): Uint8Array<ArrayBuffer> {
  const { bits = 64, little = true, machine = 62, type = 3, entry = BASE, needed = [] } = sample;
  const wide = bits === 64;
  const [headerSize, segmentSize] = wide ? [64, 56] : [52, 32];
  const encode = (text: string): number[] => [...new TextEncoder().encode(`${text}\0`)];
  const loader = sample.interpreter === undefined ? [] : encode(sample.interpreter);
  const strings = [0, ...needed.flatMap(encode)];
  const starts = needed.map((_, index) => 1 + needed.slice(0, index).flatMap(encode).length);
  const loaderAt = headerSize + 3 * segmentSize;
  const stringsAt = loaderAt + loader.length;
  const dynamicAt = stringsAt + strings.length;
  const dynamic = new Writer(bits, little);
  for (const start of starts) dynamic.word(1, start);
  dynamic.word(5, BASE + stringsAt).word(0, 0);
  const size = dynamicAt + dynamic.bytes.length;
  const file = new Writer(bits, little);
  file.put(0, 0).bytes.push(0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1);
  file.bytes.push(...new Array(9).fill(0));
  file.half(type, machine).int(1).word(entry, headerSize, 0).int(0);
  file.half(headerSize, segmentSize, 3, 0, 0, 0);
  const segment = (kind: number, at: number, length: number): void => {
    file.int(kind);
    if (wide) file.int(5);
    file.word(at, BASE + at, BASE + at, length, length);
    if (!wide) file.int(5);
    file.word(1);
  };
  segment(1, 0, size);
  segment(2, dynamicAt, dynamic.bytes.length);
  // PT_NULL stands in the place of a loader that there is none of.
  segment(loader.length === 0 ? 0 : 3, loaderAt, loader.length);
  return new Uint8Array([...file.bytes, ...loader, ...strings, ...dynamic.bytes]);
}

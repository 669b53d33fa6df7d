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
  readonly soname?: string;
  /** By library, versions that are wanted of it; one that ends with `?` is weak. */
  readonly versions?: Readonly<Record<string, readonly string[]>>;
  /** Versions that it defines. */
  readonly defined?: readonly string[];
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

/** A table of names, in which the same name stands once. */
class Names {
  readonly bytes: number[] = [0];
  readonly #places = new Map<string, number>();

  /** Where a name stands. */
  at(name: string): number {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place = this.bytes.length;
    this.bytes.push(...new TextEncoder().encode(`${name}\0`));
    this.#places.set(name, place);
    return place;
  }
}

/** `.gnu.version_r`: a record for each library, each with its versions right behind it. */
function requiredVersions(sample: SampleElf, names: Names, into: Writer): void {
  const libraries = Object.entries(sample.versions ?? {});
  for (const [index, [library, versions]] of libraries.entries()) {
    const next = index + 1 === libraries.length ? 0 : 16 + 16 * versions.length;
    into.half(1, versions.length).int(names.at(library), 16, next);
    for (const [at, version] of versions.entries()) {
      const weak = version.endsWith("?");
      const name = names.at(weak ? version.slice(0, -1) : version);
      into.int(0).half(weak ? 2 : 0, at + 2).int(name, at + 1 === versions.length ? 0 : 16);
    }
  }
}

/** `.gnu.version_d`: a record for each version, each with its name right behind it. */
function definedVersions({ defined = [] }: SampleElf, names: Names, into: Writer): void {
  for (const [index, version] of defined.entries()) {
    into.half(1, 0, index + 1, 1).int(0, 20, index + 1 === defined.length ? 0 : 28);
    into.int(names.at(version), 0);
  }
}

/** Makes such a file: header, three program headers, loader's name, strings, versions, dynamic section. */
export function sampleElf(sample: SampleElf = {}): Uint8Array<ArrayBuffer> {
  const { bits = 64, little = true, machine = 62, type = 3, entry = BASE, needed = [] } = sample;
  const wide = bits === 64;
  const [headerSize, segmentSize] = wide ? [64, 56] : [52, 32];
  const encode = (text: string): number[] => [...new TextEncoder().encode(`${text}\0`)];
  const loader = sample.interpreter === undefined ? [] : encode(sample.interpreter);
  const names = new Names();
  const starts = needed.map((name) => names.at(name));
  const soname = sample.soname === undefined ? undefined : names.at(sample.soname);
  const required = new Writer(bits, little);
  requiredVersions(sample, names, required);
  const defined = new Writer(bits, little);
  definedVersions(sample, names, defined);
  const strings = names.bytes;
  const loaderAt = headerSize + 3 * segmentSize;
  const stringsAt = loaderAt + loader.length;
  const requiredAt = stringsAt + strings.length;
  const definedAt = requiredAt + required.bytes.length;
  const dynamicAt = definedAt + defined.bytes.length;
  const dynamic = new Writer(bits, little);
  for (const start of starts) dynamic.word(1, start);
  if (soname !== undefined) dynamic.word(14, soname);
  if (required.bytes.length > 0) dynamic.word(0x6ffffffe, BASE + requiredAt);
  if (defined.bytes.length > 0) dynamic.word(0x6ffffffc, BASE + definedAt);
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
  return new Uint8Array([
    ...file.bytes,
    ...loader,
    ...strings,
    ...required.bytes,
    ...defined.bytes,
    ...dynamic.bytes,
  ]);
}

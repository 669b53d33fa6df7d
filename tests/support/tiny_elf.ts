// Executables of a hundred bytes or so: a valid header and one segment, for tests that need a program
// but no compiler. Those for x86_64 really run: they print a text and exit 0.

/** Processors, in the words of target triples. */
export type Machine = "x86_64" | "aarch64" | "arm" | "i686" | "riscv64" | "powerpc64le" | "s390x";

/** What to make. */
export interface TinyElfOptions {
  /** What it is for; x86_64 if not given. */
  readonly machine?: Machine;
  /** What it prints (x86_64 alone has code). */
  readonly prints?: string;
  /** A loader that it asks for, which makes it unfit for an empty container. */
  readonly interpreter?: string;
}

const EM: Readonly<Record<Machine, readonly [machine: number, bits: 32 | 64]>> = {
  x86_64: [62, 64],
  aarch64: [183, 64],
  arm: [40, 32],
  i686: [3, 32],
  riscv64: [243, 64],
  powerpc64le: [21, 64],
  s390x: [22, 64],
};

const BASE = 0x400000;
const PT_LOAD = 1;
const PT_INTERP = 3;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

/** Makes a statically linked executable (System V ABI, "Object Files"). */
export function tinyElf(options: TinyElfOptions = {}): Uint8Array<ArrayBuffer> {
  const machine = options.machine ?? "x86_64";
  const [, bits] = EM[machine];
  const [headerSize, segmentSize] = bits === 64 ? [64, 56] : [52, 32];
  const interpreter = options.interpreter === undefined
    ? new Uint8Array()
    : new TextEncoder().encode(`${options.interpreter}\0`);
  const start = headerSize + segmentSize * (interpreter.length > 0 ? 2 : 1);
  const entry = start + interpreter.length;
  const code = machine === "x86_64" ? printAndExit(options.prints ?? "") : new Uint8Array(4);
  const bytes = new Uint8Array(entry + code.length);
  bytes.set(interpreter, start);
  bytes.set(code, entry);
  const segments = [
    { type: PT_LOAD, offset: 0, size: bytes.length },
    ...(interpreter.length > 0
      ? [{ type: PT_INTERP, offset: start, size: interpreter.length }]
      : []),
  ];
  writeHeader(bytes, machine, entry, segments.length);
  segments.forEach((segment, index) => {
    writeSegment(bytes, headerSize + index * segmentSize, machine, segment);
  });
  return bytes;
}

/** Puts numbers one after another; `word` is as wide as the machine's addresses. */
class Fields {
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #bits: 32 | 64;
  #at: number;

  constructor(bytes: Uint8Array<ArrayBuffer>, at: number, machine: Machine) {
    this.#view = new DataView(bytes.buffer);
    this.#little = machine !== "s390x";
    this.#bits = EM[machine][1];
    this.#at = at;
  }

  half(value: number): this {
    this.#view.setUint16(this.#at, value, this.#little);
    this.#at += 2;
    return this;
  }

  int(value: number): this {
    this.#view.setUint32(this.#at, value, this.#little);
    this.#at += 4;
    return this;
  }

  word(value: number): this {
    if (this.#bits === 32) return this.int(value);
    this.#view.setBigUint64(this.#at, BigInt(value), this.#little);
    this.#at += 8;
    return this;
  }
}

function writeHeader(
  bytes: Uint8Array<ArrayBuffer>,
  machine: Machine,
  entry: number,
  segments: number,
): void {
  const [number, bits] = EM[machine];
  const [headerSize, segmentSize] = bits === 64 ? [64, 56] : [52, 32];
  bytes.set([0x7f, 0x45, 0x4c, 0x46, bits / 32, machine === "s390x" ? 2 : 1, 1]);
  new Fields(bytes, 16, machine)
    .half(2).half(number).int(1) // ET_EXEC, e_machine, EV_CURRENT
    .word(BASE + entry).word(headerSize).word(0).int(0) // e_entry, e_phoff, e_shoff, e_flags
    .half(headerSize).half(segmentSize).half(segments)
    .half(0).half(0).half(0); // no sections
}

function writeSegment(
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  machine: Machine,
  { type, offset, size }: Segment,
): void {
  const flags = 5; // PF_R | PF_X
  const fields = new Fields(bytes, at, machine).int(type);
  if (EM[machine][1] === 64) fields.int(flags);
  fields.word(offset).word(BASE + offset).word(BASE + offset).word(size).word(size);
  if (EM[machine][1] === 32) fields.int(flags);
  fields.word(0x1000);
}

/** x86_64 code that writes a text to standard output and exits 0; the text follows the code. */
function printAndExit(text: string): Uint8Array<ArrayBuffer> {
  const message = new TextEncoder().encode(text);
  const length = new Uint8Array(new Uint32Array([message.length]).buffer);
  const code = [
    ...[0xb8, 1, 0, 0, 0], // mov eax, SYS_write
    ...[0xbf, 1, 0, 0, 0], // mov edi, 1
    ...[0x48, 0x8d, 0x35, 16, 0, 0, 0], // lea rsi, [rip + 16]: past what follows
    ...[0xba, ...length], // mov edx, length
    ...[0x0f, 0x05], // syscall
    ...[0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05], // mov eax, SYS_exit; xor edi, edi; syscall
  ];
  return new Uint8Array([...code, ...message]);
}

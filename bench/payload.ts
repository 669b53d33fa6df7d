// Programs to pack: a real static executable, filled up to size with real machine code, so that they
// compress as programs do. Each one differs, so that no tool finds it again.

/** Machine code of no particular program: enough of it for the largest payload, over and over. */
const FILLING = Deno.execPath();

/** Chunks in which a payload is written, in bytes. */
const CHUNK = 4 * 1024 * 1024;

/** `e_machine` of an ELF header, by OCI's name of the processor; all of 64 bits, little-endian. */
const MACHINES: Readonly<Record<string, number>> = { amd64: 62, arm64: 183, riscv64: 243 };

/** What to make. */
export interface Payload {
  /** A static executable to begin with. */
  readonly seed: Uint8Array;
  /** Size in bytes. */
  readonly size: number;
  /** Which one of those that differ. */
  readonly number: number;
  /** The processor that its header names; amd64 if not given. */
  readonly architecture?: string;
}

/** Writes a payload. */
export async function writePayload(path: string, payload: Payload): Promise<void> {
  const { seed, size, number, architecture = "amd64" } = payload;
  using file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o755 });
  using filling = await Deno.open(FILLING, { read: true });
  const head = seed.slice(0, size - 8);
  new DataView(head.buffer).setUint16(18, MACHINES[architecture] ?? 0, true);
  await writeWhole(file, head);
  const chunk = new Uint8Array(CHUNK);
  for (let left = size - head.length - 8; left > 0;) {
    const read = await filling.read(chunk.subarray(0, Math.min(CHUNK, left)));
    if (read === null) await filling.seek(0, Deno.SeekMode.Start);
    else await writeWhole(file, chunk.subarray(0, read));
    left -= read ?? 0;
  }
  const tail = new Uint8Array(8);
  new DataView(tail.buffer).setFloat64(0, Math.PI * (number + 1));
  await writeWhole(file, tail);
}

async function writeWhole(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

// Standard input: read whole where a program gives it, a line at a time where a person types.
import { KrustError } from "./error.ts";
import { type Cancel, concat } from "./streams.ts";

/** The standard stream that is read from. */
export interface Input {
  /** Whether a person types. */
  readonly terminal: boolean;
  /**
   * All of it.
   *
   * @throws {KrustError} `usage` where it is longer than `limit` bytes.
   */
  bytes(limit: number, options?: Cancel): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * All of it as text, without the byte order mark.
   *
   * @throws {KrustError} `usage` where it is longer than `limit` bytes or is not UTF-8.
   */
  text(limit: number, options?: Cancel): Promise<string>;
  /** One line that a person types, without its end; with `hidden` the terminal does not show it. */
  line(options?: Cancel & { readonly hidden?: boolean }): Promise<string>;
}

/** The part of `Deno.stdin` that is used. */
export type InputStream = Pick<typeof Deno.stdin, "isTerminal" | "read" | "setRaw">;

const CTRL_C = 3;
const CTRL_D = 4;
const BACKSPACES: readonly number[] = [8, 127];
const LINE_ENDS: readonly number[] = [10, 13];
/** The longest line, in bytes. */
const LINE_LIMIT = 64 * 1024;

/** Reads from a standard stream. */
export function openInput(stream: InputStream): Input {
  const terminal = stream.isTerminal();
  return {
    terminal,
    bytes: (limit, options) => readBytes(stream, limit, options),
    text: async (limit, options) => decode(await readBytes(stream, limit, options)),
    async line({ hidden = false, ...options } = {}): Promise<string> {
      // A terminal that is not raw shows what is typed, and has no other way to be told not to.
      const raw = hidden && terminal;
      if (raw) stream.setRaw(true);
      try {
        return await readLine(stream, options);
      } finally {
        if (raw) stream.setRaw(false);
      }
    },
  };
}

async function readBytes(
  stream: InputStream,
  limit: number,
  { signal }: Cancel = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const buffer = new Uint8Array(16 * 1024);
  for (let read; (read = await stream.read(buffer)) !== null;) {
    signal?.throwIfAborted();
    chunks.push(buffer.slice(0, read));
    size += read;
    if (size > limit) {
      throw new KrustError("usage", `standard input has more than ${limit} bytes`);
    }
  }
  return concat(chunks, size);
}

async function readLine(stream: InputStream, { signal }: Cancel): Promise<string> {
  const line: number[] = [];
  const byte = new Uint8Array(1);
  while (await stream.read(byte) !== null) {
    signal?.throwIfAborted();
    const [value = 0] = byte;
    if (LINE_ENDS.includes(value) || value === CTRL_D) break;
    // A raw terminal sends no signal.
    if (value === CTRL_C) throw new KrustError("interrupted", "interrupted");
    if (BACKSPACES.includes(value)) dropCharacter(line);
    else line.push(value);
    if (line.length > LINE_LIMIT) {
      throw new KrustError("usage", `the line has more than ${LINE_LIMIT} bytes`);
    }
  }
  return decode(Uint8Array.from(line));
}

/** Takes back the last character, which has several bytes in UTF-8 where it is not ASCII. */
function dropCharacter(line: number[]): void {
  for (let last = line.pop(); last !== undefined && (last & 0xc0) === 0x80;) last = line.pop();
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new KrustError("usage", "standard input is not UTF-8");
  }
}

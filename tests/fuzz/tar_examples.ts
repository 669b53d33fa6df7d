// Tar archives made by hand, to be harmed: ustar headers with whatever is wanted in them.

/** One entry. */
export interface TarExample {
  readonly name: string;
  /** The type flag. */
  readonly type: string;
  readonly content?: string;
  readonly link?: string;
}

const BLOCK = 512;

/** An archive with its end. */
export function handmadeTar(entries: readonly TarExample[]): Uint8Array<ArrayBuffer> {
  const blocks = entries.flatMap((entry) => {
    const content = new TextEncoder().encode(entry.content ?? "");
    const padded = new Uint8Array(Math.ceil(content.length / BLOCK) * BLOCK);
    padded.set(content);
    return [header(entry, content.length), padded];
  });
  const all = [...blocks, new Uint8Array(2 * BLOCK)];
  const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const block of all) {
    bytes.set(block, at);
    at += block.length;
  }
  return bytes;
}

function header({ name, type, link = "" }: TarExample, size: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string): void => block.set(new TextEncoder().encode(text), at);
  const octal = (value: number, width: number): string => value.toString(8).padStart(width, "0");
  put(0, name);
  put(100, `${octal(0o644, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`);
  put(124, `${octal(size, 11)}\0${octal(0, 11)}\0`);
  put(148, "        ");
  put(156, type);
  put(157, link);
  put(257, "ustar\x0000");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${octal(sum, 6)}\0 `);
  return block;
}

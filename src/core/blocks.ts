// A stream cut into blocks at fixed places and each block compressed, on this thread or in workers, in
// order: any number of workers gives the same bytes.
import { type Block, BlockPool, compressBlock } from "./block_pool.ts";
import { litter } from "./litter.ts";
import type { Bytes } from "./streams.ts";

/** How blocks are compressed. */
export interface BlockOptions extends Pick<Block, "format" | "level"> {
  /** How many workers may share the work; 0 keeps it on this thread. */
  readonly workers: number;
  /** Told of each block before it is compressed. */
  readonly see?: (data: Uint8Array) => void;
}

/**
 * Bytes of input per block. Smaller ones cost ratio, larger ones memory. No block is primed with the
 * end of the one before: Deno 2.9.6 drops zlib's `dictionary` for raw deflate without a word, so the
 * bytes would change with the Deno that heeds it, and at this size it would save one in a thousand.
 */
const BLOCK = 1024 * 1024;

/** Blocks that are compressed on this thread sooner than workers would have started. */
const SMALL = 3;

/** The compressed blocks of a stream, in order; at most a few are in memory. Workers end with it. */
export async function* compressedBlocks(
  bytes: Bytes,
  options: BlockOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const zlib = await import("node:zlib");
  const { workers } = options;
  const held: Block[] = [];
  const underway: Promise<Uint8Array<ArrayBuffer>>[] = [];
  using stack = new DisposableStack();
  let pool: BlockPool | undefined;
  for await (const block of cutBlocks(bytes, options)) {
    if (workers === 0) {
      yield compressBlock(zlib, block);
      continue;
    }
    held.push(block);
    if (pool === undefined && held.length <= SMALL) continue;
    pool ??= stack.use(new BlockPool(workers));
    for (const ready of held.splice(0)) underway.push(pool.compress(ready));
    for (let next; underway.length >= pool.width && (next = underway.shift());) yield await next;
  }
  for (const next of underway) yield await next;
  for (const block of held) yield compressBlock(zlib, block);
}

async function* cutBlocks(
  bytes: Bytes,
  { format, level, see = () => {} }: BlockOptions,
): AsyncGenerator<Block, void, void> {
  let data = new Uint8Array(BLOCK);
  let end = 0;
  const cut = (): Block => {
    const block = { data: data.subarray(0, end), format, level };
    see(block.data);
    // The memory goes with the block.
    data = new Uint8Array(BLOCK);
    end = 0;
    litter();
    return block;
  };
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + BLOCK - end);
      data.set(piece, end);
      at += piece.length;
      end += piece.length;
      if (end === BLOCK) yield cut();
    }
  }
  if (end > 0) yield cut();
}

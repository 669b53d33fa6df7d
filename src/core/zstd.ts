// zstd with bytes that depend on input, level and runtime alone: frames one after another (RFC 8878,
// "Frames"), cut at fixed places so that any number of workers gives the same result.
import { type Block, compressBlock } from "./block_pool.ts";
import { compressedBlocks } from "./blocks.ts";
import { generated } from "./generated.ts";
import { DEFAULT_ZSTD_LEVEL } from "./levels.ts";
import type { Bytes } from "./streams.ts";

/** How to compress. */
export interface ZstdOptions {
  /** 1 to 19; {@linkcode DEFAULT_ZSTD_LEVEL} if not given. */
  readonly level?: number;
  /** How many workers may share the work; 0, or not given, keeps it on this thread. */
  readonly workers?: number;
}

/**
 * Compresses a stream into zstd frames. At most a few blocks are in memory; workers are ended when the
 * stream ends, fails or is cancelled.
 */
export function zstd(bytes: Bytes, options: ZstdOptions = {}): Bytes {
  return generated(bytes, (source) => frames(source, options));
}

async function* frames(
  bytes: Bytes,
  { level = DEFAULT_ZSTD_LEVEL, workers = 0 }: ZstdOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  let empty = true;
  for await (const frame of compressedBlocks(bytes, { format: "zstd", level, workers })) {
    empty = false;
    yield frame;
  }
  // Nothing at all would be no zstd: readers know it by the magic number of its first frame.
  const nothing: Block = { data: new Uint8Array(0), format: "zstd", level };
  if (empty) yield compressBlock(await import("node:zlib"), nothing);
}

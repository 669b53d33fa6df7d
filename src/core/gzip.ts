// gzip with bytes that depend on input, level and runtime alone: one member, no time, no name, cut
// into blocks at fixed places so that any number of workers gives the same result.
import { compressedBlocks } from "./blocks.ts";
import { generated } from "./generated.ts";
import { DEFAULT_LEVEL } from "./levels.ts";
import type { Bytes } from "./streams.ts";

/** How to compress. */
export interface GzipOptions {
  /** 1 to 9; {@linkcode DEFAULT_LEVEL} if not given. */
  readonly level?: number;
  /** How many workers may share the work; 0, or not given, keeps it on this thread. */
  readonly workers?: number;
}

/** RFC 1952: no flags, no time, no word on effort, unknown system. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/** An empty last block: what ends a deflate stream whose blocks do not say that they are last. */
const LAST = Uint8Array.of(0x03, 0x00);

/**
 * Compresses a stream into one gzip member (RFC 1952). At most a few blocks are in memory; workers
 * are ended when the stream ends, fails or is cancelled.
 */
export function gzip(bytes: Bytes, options: GzipOptions = {}): Bytes {
  return generated(bytes, (source) => member(source, options));
}

async function* member(
  bytes: Bytes,
  { level = DEFAULT_LEVEL, workers = 0 }: GzipOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  // Loaded when something is compressed: most builds find their layer packed.
  const { crc32 } = await import("node:zlib");
  const check = { crc: 0, size: 0 };
  yield HEADER.slice();
  yield* compressedBlocks(bytes, {
    format: "deflate",
    level,
    workers,
    see(data): void {
      check.crc = crc32(data, check.crc);
      check.size += data.length;
    },
  });
  yield LAST.slice();
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, check.crc, true);
  trailer.setUint32(4, check.size % 2 ** 32, true);
  yield new Uint8Array(trailer.buffer);
}

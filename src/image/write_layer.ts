// The bytes of a layer: entries as a tar, compressed. Apart from what decides whether a layer must be
// written at all, as archives and compressors are large.
import { gzip } from "../core/gzip.ts";
import { type Bytes, type Cancel, tap } from "../core/streams.ts";
import { type TarEntry, writeTar } from "../core/tar.ts";
import { zstd } from "../core/zstd.ts";
import type { Compression } from "./compression.ts";

/** Options of {@linkcode writeLayer}. */
export interface WriteLayerOptions extends Cancel {
  /** How it is compressed. */
  readonly compression: Compression;
  /** Workers that may share the compression. */
  readonly workers: number;
  /** Told of the tar's bytes as they pass. */
  readonly onTar: (chunk: Uint8Array) => void;
}

/** A layer's bytes; those of its tar where there is no compression. */
export function writeLayer(
  entries: readonly TarEntry[],
  { compression: { format, level }, workers, onTar, ...cancel }: WriteLayerOptions,
): Bytes {
  const tar = tap(writeTar(entries, cancel), onTar);
  if (format === "none") return tar;
  return format === "gzip" ? gzip(tar, { level, workers }) : zstd(tar, { level, workers });
}

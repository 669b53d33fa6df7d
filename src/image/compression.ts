// How a layer is compressed, and the media type that says so (image-spec media-types.md).
import { DEFAULT_LEVEL, DEFAULT_ZSTD_LEVEL } from "../core/levels.ts";
import { MEDIA_TYPE, type MediaType } from "../oci/media_type.ts";

/** A compression with its level. */
export interface Compression {
  /** Its name. */
  readonly format: "gzip" | "zstd" | "none";
  /** Effort: 1 to 9 for gzip, 1 to 19 for zstd; 0 for none. */
  readonly level: number;
}

/** A layer's where nothing is said: every engine and registry reads it. */
export const DEFAULT_COMPRESSION: Compression = { format: "gzip", level: DEFAULT_LEVEL };

/** The levels of each format: the lowest, the highest, and the usual one. */
export const LEVELS: Readonly<
  Record<"gzip" | "zstd", { readonly least: number; readonly most: number; readonly usual: number }>
> = {
  gzip: { least: 1, most: 9, usual: DEFAULT_LEVEL },
  zstd: { least: 1, most: 19, usual: DEFAULT_ZSTD_LEVEL },
};

/** The media type of a layer that is compressed so. */
export function layerType({ format }: Compression): MediaType {
  if (format === "none") return MEDIA_TYPE.layer;
  return format === "gzip" ? MEDIA_TYPE.layerGzip : MEDIA_TYPE.layerZstd;
}

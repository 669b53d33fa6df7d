// What a registry says of an upload session (distribution-spec, "Pushing a blob in chunks"): where it
// goes on, from which byte, in chunks of which size. What makes no sense is not believed.

/** An upload session as the registry spoke of it. */
export interface Session {
  /** Where it goes on. */
  readonly url: URL;
  /** Least size of a chunk that is not the last, in bytes. */
  readonly minimum: number;
}

/** Largest least size of a chunk that is heeded: more is the whole blob for any that krust makes. */
export const MINIMUM_LIMIT = 1024 * 1024 * 1024;

/** The least size of a chunk that `OCI-Chunk-Min-Length` asks for, at most 1 GiB; 0 for nonsense. */
export function parseMinimum(header: string | null): number {
  const text = header?.trim() ?? "";
  return /^\d+$/.test(text) ? Math.min(Number(text), MINIMUM_LIMIT) : 0;
}

/**
 * How many bytes a session holds by its `Range`; undefined where that cannot be told, or is more than the
 * blob has. `0-0` is none: registries say it of an empty session, though it means one byte.
 *
 * @param size bytes of the blob.
 */
export function parseProgress(header: string | null, size: number): number | undefined {
  const [, last] = /^(?:bytes[= ])?0-(\d{1,16})$/.exec(header?.trim() ?? "") ?? [];
  if (last === undefined) return undefined;
  const held = last === "0" ? 0 : Number(last) + 1;
  return held <= size ? held : undefined;
}

/** The `Content-Range` of a chunk: first and last byte, without unit or total (the spec's own form). */
export function formatChunkRange(offset: number, length: number): string {
  return `${offset}-${offset + length - 1}`;
}

// Streams and bytes for tests.
import { type Bytes, concat } from "../../src/core/streams.ts";

/** Bytes that compress to about half, as programs do; the same for the same seed. */
export function noise(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let state = seed >>> 0 || 1;
  const next = (below: number): number => {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  for (let at = 0; at < size;) {
    const end = Math.min(size, at + 8 + next(24));
    const back = at > 64 && next(2) === 0 ? 32 + next(Math.min(at, 30_000) - 32) : 0;
    for (; at < end; at++) bytes[at] = back === 0 ? next(256) : bytes[at - back] ?? 0;
  }
  return bytes;
}

/** A stream that gives these chunks. */
export function chunked(...chunks: readonly Uint8Array<ArrayBuffer>[]): Bytes {
  return ReadableStream.from(chunks);
}

/** A stream cut into chunks of `size` bytes. */
export function cut(bytes: Uint8Array<ArrayBuffer>, size: number): Bytes {
  return ReadableStream.from((function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
  })());
}

/** All of a stream. */
export async function drain(bytes: Bytes): Promise<Uint8Array<ArrayBuffer>> {
  return concat(await Array.fromAsync(bytes));
}

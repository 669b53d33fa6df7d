// Byte streams: taps, limits and verification, so that nothing large is ever held in memory.
import { type Digest, Hasher } from "./digest.ts";
import { KrustError } from "./error.ts";

/** A stream of bytes, the only shape in which content travels. */
export type Bytes = ReadableStream<Uint8Array<ArrayBuffer>>;

/** The trailing option of every asynchronous function. */
export interface Cancel {
  /** Ends the work early; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Bytes of a known size that can be opened again, as a retry or a redirect must. */
export interface Body {
  /** Exact size in bytes. */
  readonly size: number;
  /** Opens the bytes from the start. */
  open(options?: Cancel): Promise<Bytes>;
}

/** A stream of bytes that are in memory already. */
export function bytesOf(content: Uint8Array<ArrayBuffer>): Bytes {
  return new ReadableStream({
    start(controller): void {
      if (content.length > 0) controller.enqueue(content);
      controller.close();
    },
  });
}

/** A body over bytes that are in memory already. */
export function bodyOf(content: Uint8Array<ArrayBuffer>): Body {
  return { size: content.length, open: () => Promise.resolve(bytesOf(content)) };
}

/** Calls `see` with each chunk as it passes. */
export function tap(bytes: Bytes, see: (chunk: Uint8Array<ArrayBuffer>) => void): Bytes {
  return bytes.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller): void {
        see(chunk);
        controller.enqueue(chunk);
      },
    }),
  );
}

/** Only the bytes from `start` up to, but not including, `end`; all others are read and dropped. */
export function section(bytes: Bytes, start: number, end = Infinity): Bytes {
  let at = 0;
  return bytes.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller): void {
        const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
        at += chunk.length;
        if (piece.length > 0) controller.enqueue(piece);
      },
    }),
  );
}

/**
 * Passes bytes on while checking them: the stream errors where it is longer or shorter than `size`
 * or does not hash to `digest`. A consumer must read to the end to be sure.
 *
 * @param what names the content in the error.
 * @throws {KrustError} `digest-mismatch`, through the stream.
 */
export function verified(
  bytes: Bytes,
  expected: { readonly digest: Digest; readonly size: number },
  what: string,
): Bytes {
  const hasher = new Hasher();
  const mismatch = (found: string): KrustError =>
    new KrustError("digest-mismatch", `${what} is not what its digest promises: ${found}`, {
      details: { digest: expected.digest },
    });
  return bytes.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller): void {
        hasher.update(chunk);
        if (hasher.size > expected.size) {
          throw mismatch(`more than its ${expected.size} bytes`);
        }
        controller.enqueue(chunk);
      },
      flush(): void {
        if (hasher.size !== expected.size) {
          throw mismatch(`got ${hasher.size} of ${expected.size} bytes`);
        }
        const digest = hasher.digest();
        if (digest !== expected.digest) {
          throw mismatch(`expected ${expected.digest}, got ${digest}`);
        }
      },
    }),
  );
}

/** Bytes that {@linkcode collect} makes room for at first. */
const COLLECT_FIRST = 16 * 1024;

/**
 * Reads a whole stream into memory, refusing more than `limit` bytes.
 *
 * @param what names the content in the error.
 * @throws {KrustError} `document-invalid` when there is more; the stream is cancelled.
 */
export async function collect(
  bytes: Bytes,
  limit: number,
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  // Copied, not kept: a chunk of a byte may hold on to the 64 KiB that it was read into.
  let all = new Uint8Array(Math.min(limit, COLLECT_FIRST));
  let size = 0;
  for await (const chunk of bytes) {
    const end = size + chunk.length;
    if (end > limit) {
      throw new KrustError("document-invalid", `${what} is larger than ${limit} bytes`);
    }
    if (end > all.length) {
      const grown = new Uint8Array(Math.min(limit, Math.max(end, all.length * 2)));
      grown.set(all.subarray(0, size));
      all = grown;
    }
    all.set(chunk, size);
    size = end;
  }
  return all.slice(0, size);
}

/** Joins chunks whose sizes add up to `size`. */
export function concat(
  chunks: readonly Uint8Array[],
  size: number = chunks.reduce((sum, chunk) => sum + chunk.length, 0),
): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** How long a line may grow, in UTF-16 units, before it is given out in pieces. */
export const LINE_LIMIT = 16 * 1024 * 1024;

/**
 * Splits bytes into lines of text without their line ends; bad UTF-8 becomes U+FFFD. A line beyond
 * `limit` comes in pieces: a program that never ends its line must not fill the memory.
 */
export async function* lines(
  bytes: Bytes,
  limit: number = LINE_LIMIT,
): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of bytes) {
    // Only what is new is searched: a long line in many chunks would be quadratic otherwise.
    const [first = "", ...others] = decoder.decode(chunk, { stream: true }).split("\n");
    rest += first;
    for (const other of others) {
      yield withoutReturn(rest);
      rest = other;
    }
    if (rest.length > limit) {
      yield rest;
      rest = "";
    }
  }
  rest += decoder.decode();
  if (rest !== "") yield withoutReturn(rest);
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

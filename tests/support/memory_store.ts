// A store in memory, for tests that are not about files. It keeps what `storeContract` asks of one.
import { type Digest, sha256 } from "../../src/core/digest.ts";
import { bytesOf, collect } from "../../src/core/streams.ts";
import type { Blob, Descriptor } from "../../src/oci/descriptor.ts";
import type { Store } from "../../src/store/store.ts";

/** A store that forgets everything with the process, and what it holds, for tests to look at. */
export interface MemoryStore extends Store {
  /** Content by digest. */
  readonly blobs: Map<Digest, Uint8Array<ArrayBuffer>>;
  /** What was remembered, as JSON. */
  readonly answers: Map<Digest, string>;
}

/** Makes one. */
export function memoryStore(): MemoryStore {
  const blobs = new Map<Digest, Uint8Array<ArrayBuffer>>();
  const answers = new Map<Digest, string>();
  const blob = (descriptor: Descriptor, raw: Uint8Array<ArrayBuffer>): Blob => ({
    descriptor,
    open: () => Promise.resolve(bytesOf(raw)),
  });
  return {
    blobs,
    answers,
    async ingest(bytes, mediaType, options = {}): Promise<Blob> {
      options.signal?.throwIfAborted();
      const raw = await collect(
        options.signal === undefined
          ? bytes
          : bytes.pipeThrough(new TransformStream(), { signal: options.signal }),
        1024 ** 3,
        "content",
      );
      const descriptor = { mediaType, digest: sha256(raw), size: raw.length };
      blobs.set(descriptor.digest, raw);
      return blob(descriptor, raw);
    },
    find(descriptor): Promise<Blob | undefined> {
      const raw = blobs.get(descriptor.digest);
      return Promise.resolve(raw?.length === descriptor.size ? blob(descriptor, raw) : undefined);
    },
    recall(key): Promise<unknown> {
      const answer = answers.get(key);
      return Promise.resolve(answer === undefined ? undefined : JSON.parse(answer));
    },
    remember(key, value): Promise<void> {
      answers.set(key, JSON.stringify(value));
      return Promise.resolve();
    },
  };
}

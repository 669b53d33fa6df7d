// The content store's interface: blobs by digest, and small answers by the hash of what was asked.
import type { Digest } from "../core/digest.ts";
import type { Bytes, Cancel } from "../core/streams.ts";
import type { Blob, Descriptor } from "../oci/descriptor.ts";
import type { MediaType } from "../oci/media_type.ts";

/** Content kept on disk by its digest. */
export interface Store {
  /** Keeps bytes and names them; the same bytes are kept once. */
  ingest(bytes: Bytes, mediaType: MediaType, options?: Cancel): Promise<Blob>;
  /** The blob of a descriptor, if it is kept with the right size; its bytes are verified when read. */
  find(descriptor: Descriptor): Promise<Blob | undefined>;
  /** What was remembered under a key; undefined where nothing was, or what was is not readable. */
  recall(key: Digest): Promise<unknown>;
  /** Remembers a JSON value under a key, which is the hash of all that the value depends on. */
  remember(key: Digest, value: unknown): Promise<void>;
}

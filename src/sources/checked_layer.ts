// A base's layer on its way through: its configuration says what it unpacks to, and engines that hold
// the two together refuse the image. So does krust, before the last of it has gone anywhere.
import { type Digest, Hasher } from "../core/digest.ts";
import { KrustError } from "../core/error.ts";
import { gunzip } from "../core/gunzip.ts";
import type { Bytes } from "../core/streams.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { MEDIA_TYPE, ociLayerType } from "../oci/media_type.ts";

type Chunk = Uint8Array<ArrayBuffer>;

/**
 * A layer's bytes as they are; the stream fails at its end where they do not unpack to what `diffID`
 * names. Of compressions gzip alone is read: what is of another type passes.
 *
 * @param bytes fail by themselves where they are not what the descriptor's digest promises, which is
 * told first.
 * @throws {KrustError} through the stream: `document-invalid` for what cannot be unpacked, or grows
 * beyond all measure; `digest-mismatch` for other content.
 */
export function checkedLayer(
  bytes: Bytes,
  { digest, mediaType }: Descriptor,
  diffID: Digest,
): Bytes {
  const what = `layer ${digest}`;
  const check = (found: Digest): void => {
    if (found !== diffID) throw otherContent(what, diffID, found);
  };
  const type = ociLayerType(mediaType);
  if (type === MEDIA_TYPE.layer) return ending(bytes, async () => check(digest));
  if (type !== MEDIA_TYPE.layerGzip) return bytes;
  const unpacker = new Unpacker(what);
  return ending(bytes, async () => check(await unpacker.end()), unpacker);
}

function otherContent(what: string, expected: Digest, got: Digest): KrustError {
  return new KrustError(
    "digest-mismatch",
    `the content of ${what} is not what its digest promises: expected ${expected}, got ${got}`,
    { help: ["the base image contradicts itself: choose another, or have it built anew"] },
  );
}

/** Unpacks beside what is passed on, no faster and no slower. */
class Unpacker {
  readonly #writer: WritableStreamDefaultWriter<Chunk>;
  readonly #digest: Promise<Digest>;
  #failed = false;

  constructor(what: string) {
    const side = new TransformStream<Chunk, Chunk>();
    this.#writer = side.writable.getWriter();
    this.#digest = digestOf(gunzip(side.readable, what));
    // What it fails with is told at the end: until then a wrong digest of the whole is the better reason.
    this.#digest.catch(() => this.#failed = true);
  }

  async write(chunk: Chunk): Promise<void> {
    if (this.#failed) return;
    // Whoever fails to unpack reads no further.
    await Promise.race([this.#writer.write(chunk), this.#digest]).catch(() => {});
  }

  async end(): Promise<Digest> {
    this.#writer.close().catch(() => {});
    return await this.#digest;
  }

  async abort(reason: unknown): Promise<void> {
    await this.#writer.abort(reason).catch(() => {});
    await this.#digest.catch(() => {});
  }
}

async function digestOf(bytes: Bytes): Promise<Digest> {
  const hasher = new Hasher();
  for await (const chunk of bytes) hasher.update(chunk);
  return hasher.digest();
}

/** The same bytes, which `unpacker` gets as well, and whose end waits for `check`. */
function ending(bytes: Bytes, check: () => Promise<void>, unpacker?: Unpacker): Bytes {
  const reader = bytes.getReader();
  return new ReadableStream({
    async pull(controller): Promise<void> {
      try {
        const { done, value } = await reader.read();
        if (done) {
          await check();
          return controller.close();
        }
        await unpacker?.write(value);
        controller.enqueue(value);
      } catch (error) {
        await unpacker?.abort(error);
        throw error;
      }
    },
    async cancel(reason): Promise<void> {
      await unpacker?.abort(reason);
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

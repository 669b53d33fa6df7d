// gzip read with suspicion: several members are fine, what follows them is not, and the output is
// capped (reliability.md S4).
import { KrustError, wrapError } from "./error.ts";
import { generated } from "./generated.ts";
import { type Bytes, tap } from "./streams.ts";

/** How much a stream may grow. */
export interface GunzipLimits {
  /** Most bytes of output; {@linkcode OUTPUT_LIMIT} if not given. */
  readonly limit?: number;
}

/** The most that one layer may unpack to, in bytes. */
export const OUTPUT_LIMIT = 16 * 1024 ** 3;

/** The most that a stream may grow by, once it is past {@linkcode RATIO_FREE} bytes. */
const RATIO_LIMIT = 1_000;

/** Output in bytes that is never held against the ratio: zeros do compress a thousandfold. */
const RATIO_FREE = 64 * 1024 * 1024;

/**
 * Decompresses gzip.
 *
 * @param what names the content in the error.
 * @throws {KrustError} `document-invalid`, through the stream, for what is no gzip, is cut short,
 * has bytes after its last member, or grows past its limits.
 */
export function gunzip(bytes: Bytes, what: string, limits: GunzipLimits = {}): Bytes {
  return generated(bytes, (source) => inflated(source, what, limits));
}

async function* inflated(
  bytes: Bytes,
  what: string,
  { limit = OUTPUT_LIMIT }: GunzipLimits,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const fault = (reason: string): KrustError =>
    new KrustError("document-invalid", `cannot decompress ${what}: ${reason}`);
  const [{ pipeline }, { createGunzip }] = await Promise.all([
    import("node:stream/promises"),
    import("node:zlib"),
  ]);
  let read = 0;
  let written = 0;
  const gunzip = createGunzip();
  const feeding = pipeline(tap(bytes, (chunk) => read += chunk.length), gunzip).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  try {
    for await (const chunk of gunzip) {
      written += chunk.length;
      if (written > limit) throw fault(`it is larger than ${limit} bytes`);
      if (written > RATIO_FREE && written > gunzip.bytesWritten * RATIO_LIMIT) {
        throw fault(`it grows more than ${RATIO_LIMIT} times`);
      }
      yield new Uint8Array(chunk);
    }
    const failed = await feeding;
    if (failed !== undefined) throw failed.error;
    if (gunzip.bytesWritten !== read) throw fault("something follows its end");
  } catch (error) {
    throw wrapError("document-invalid", `cannot decompress ${what}`, error);
  } finally {
    gunzip.destroy();
    await feeding;
  }
}

// Streams whose bytes a generator makes out of another stream, which is closed whatever becomes of them.
import type { Bytes } from "./streams.ts";

/**
 * What `make` generates out of `source`. A generator that was never started does not run its `finally`
 * either, so a stream that is cancelled before it is read cancels `source` itself.
 */
export function generated(
  source: Bytes,
  make: (source: Bytes) => AsyncGenerator<Uint8Array<ArrayBuffer>, void, void>,
): Bytes {
  const generator = make(source);
  let started = false;
  return new ReadableStream({
    async pull(controller): Promise<void> {
      started = true;
      const next = await generator.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel(reason): Promise<void> {
      await (started ? generator.return() : source.cancel(reason));
    },
  }, { highWaterMark: 0 });
}

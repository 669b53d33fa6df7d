// Hands bytes on while telling an end from a failure and both from a cancel: a consumer that has had
// enough (a registry that answers before it has read all) is no fault of the source.
import type { Bytes } from "../core/streams.ts";

/** What is told of bytes as they are handed on. */
export interface RelayEvents {
  /** Gets each chunk; what it throws fails the bytes. */
  readonly chunk?: (chunk: Uint8Array<ArrayBuffer>) => void;
  /** Called before the end is handed on; what it throws is the end instead. */
  readonly end?: () => void;
  /** Gets each failure, of the source or of the functions above, and gives what to fail with. */
  readonly fail?: (error: unknown) => unknown;
}

/** Bytes as they are, read from their source only as fast as they are wanted. */
export function relay(bytes: Bytes, events: RelayEvents): Bytes {
  const reader = bytes.getReader();
  let cancelled = false;
  return new ReadableStream({
    async pull(controller): Promise<void> {
      try {
        const { done, value } = await reader.read();
        // A cancel ends the read under way, which then looks like an end that came too early.
        if (cancelled) return;
        if (done) {
          events.end?.();
          return controller.close();
        }
        events.chunk?.(value);
        controller.enqueue(value);
      } catch (error) {
        if (cancelled) return;
        // Where the source itself failed there is nothing to cancel, and this does nothing.
        await reader.cancel(error).catch(() => {});
        throw events.fail === undefined ? error : events.fail(error);
      }
    },
    async cancel(reason): Promise<void> {
      cancelled = true;
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

// Time and chance as the registry client takes them, so that tests neither sleep nor guess.
import type { Cancel } from "../core/streams.ts";

/** Tells the time, lets it pass, and draws lots. */
export interface Clock {
  /** Milliseconds since 1970 that never run backwards within one process. */
  now(): number;
  /** Lets milliseconds pass; rejects with the signal's reason where that comes first. */
  wait(milliseconds: number, options?: Cancel): Promise<void>;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
}

/** The clock of this process. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  random: () => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32,
  wait(milliseconds, options = {}): Promise<void> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, milliseconds);
      signal?.addEventListener("abort", stop, { once: true });
    });
  },
};

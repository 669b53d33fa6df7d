// At most so many at once, first come, first served.
import type { Cancel } from "./streams.ts";

/** Lets a number of tasks run at once and has the others wait in line. */
export class Limiter {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** Lets `limit` run at once; less than one counts as one. */
  constructor(limit: number) {
    this.#free = Math.max(1, Math.trunc(limit) || 1);
  }

  /**
   * Runs `work` once it is its turn.
   *
   * @throws what `work` throws, or the signal's reason where that comes before its turn.
   */
  async run<T>(work: () => Promise<T>, options: Cancel = {}): Promise<T> {
    options.signal?.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#turn(options);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The place goes to whoever is next, not back: nobody can slip in between.
      if (next === undefined) this.#free++;
      else next();
    }
  }

  #turn({ signal }: Cancel): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(signal?.reason);
      };
      const begin = (): void => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      this.#waiting.push(begin);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }
}

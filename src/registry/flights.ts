// Work that several ask for at the same time and that is done once: one flight, many passengers.
import type { Cancel } from "../core/streams.ts";

interface Flight<Value> {
  readonly result: Promise<Value>;
  readonly stop: AbortController;
  passengers: number;
}

/**
 * Joins those who ask for the same thing while it is under way. The work goes on as long as anybody
 * waits for it: one who is cancelled leaves, the last one to leave stops it. Nothing is remembered.
 */
export class Flights<Value> {
  readonly #flights = new Map<string, Flight<Value>>();

  /** Whether somebody is at work on `key` now. */
  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /**
   * The result of the work under way for `key`, or of `work` where there is none.
   *
   * @throws what the work throws, or the signal's reason.
   */
  async join(
    key: string,
    work: (options: Required<Cancel>) => Promise<Value>,
    options: Cancel = {},
  ): Promise<Value> {
    const { signal } = options;
    signal?.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#start(key, work);
    flight.passengers++;
    const left = Promise.withResolvers<never>();
    const leave = (): void => {
      flight.passengers--;
      if (flight.passengers > 0) return left.reject(signal?.reason);
      this.#forget(key, flight);
      // The last one out waits until the work has really stopped: nothing is left running.
      flight.stop.abort(signal?.reason);
    };
    signal?.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([flight.result, left.promise]);
    } finally {
      signal?.removeEventListener("abort", leave);
    }
  }

  #start(key: string, work: (options: Required<Cancel>) => Promise<Value>): Flight<Value> {
    const stop = new AbortController();
    const result = work({ signal: stop.signal });
    const flight: Flight<Value> = { result, stop, passengers: 0 };
    this.#flights.set(key, flight);
    const forget = (): void => this.#forget(key, flight);
    result.then(forget, forget);
    return flight;
  }

  #forget(key: string, flight: Flight<Value>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}

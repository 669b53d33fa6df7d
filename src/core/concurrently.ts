// Structured concurrency: nothing runs un-awaited, the first failure stops the rest.
import type { Cancel } from "./streams.ts";

/** A unit of work that heeds the signal it is given. */
export type Task<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Runs tasks, at most `limit` at once (less than one counts as one), and gives their results in
 * order. The first failure aborts the others; all are awaited before it is thrown, so nothing is
 * left running.
 *
 * @throws what the first failing task threw, or the signal's reason.
 */
export async function concurrently<T>(
  tasks: readonly Task<T>[],
  options: Cancel & { readonly limit: number },
): Promise<readonly T[]> {
  const stop = new AbortController();
  const signal = options.signal === undefined
    ? stop.signal
    : AbortSignal.any([options.signal, stop.signal]);
  const results: T[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < tasks.length && !signal.aborted) {
      const index = next++;
      const task = tasks[index];
      if (task === undefined) continue;
      try {
        results[index] = await task(signal);
      } catch (error) {
        // Once the caller has cancelled, whatever fails fails because of that.
        failures.push(options.signal?.aborted === true ? options.signal.reason : error);
        stop.abort(error);
      }
    }
  };
  const lanes = Math.min(Math.max(1, Math.trunc(options.limit) || 1), tasks.length);
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failures.length > 0) throw failures[0];
  options.signal?.throwIfAborted();
  return results;
}

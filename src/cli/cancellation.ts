// Ctrl-C and its kin: the first asks the work to end, the second does not ask.
import { type ErrorCode, KrustError } from "../core/error.ts";
import type { EndingSignal, Host } from "../core/host.ts";

const CODES: Readonly<Record<EndingSignal, ErrorCode>> = {
  SIGINT: "interrupted",
  SIGTERM: "terminated",
  SIGHUP: "hung-up",
};

const WORDS: Readonly<Record<EndingSignal, string>> = {
  SIGINT: "interrupted",
  SIGTERM: "terminated by SIGTERM",
  SIGHUP: "the terminal hung up",
};

/**
 * Runs work that ends when the process is asked to end. The first signal aborts the work, which then
 * cleans up; a second one ends the wait for it.
 *
 * @throws {KrustError} `interrupted`, `terminated`, `hung-up`, or whatever the work throws.
 */
export async function untilSignalled<T>(
  host: Host,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const impatient = Promise.withResolvers<never>();
  const running = work(controller.signal);
  using _ = host.onSignal((signal) => {
    const error = new KrustError(CODES[signal], WORDS[signal]);
    if (controller.signal.aborted) impatient.reject(error);
    else controller.abort(error);
  });
  // Whichever loses the race has been heard already.
  running.catch(() => {});
  return await Promise.race([running, impatient.promise]);
}

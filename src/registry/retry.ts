// Tries again what may succeed the next time. What is tried is an operation, not a request: an upload
// that broke off needs a new session, and a manifest that broke off while it was read has had its response.
// Operations never nest their tries: what has used up its own is final for those around it.
import type { Cancel } from "../core/streams.ts";
import { type Clock, SYSTEM_CLOCK } from "./clock.ts";
import { RegistryError } from "./errors.ts";

/** How often and after how long something is tried again. */
export interface RetryPolicy {
  /** Tries in all, at least one. */
  readonly attempts: number;
  /** Milliseconds before the second try; each later one waits twice as long, up to a minute. */
  readonly delay: number;
  /** Time and chance. */
  readonly clock: Clock;
  /** Told, as one line of text, each time something is about to be tried again. */
  readonly warn: (text: string) => void;
}

/** Six tries, half a second before the second. */
export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 6,
  delay: 500,
  clock: SYSTEM_CLOCK,
  warn: () => {},
};

/** Longest wait between two tries, in milliseconds. */
export const DELAY_LIMIT = 60_000;

/**
 * Does `work` until it succeeds, fails for good, or has been tried often enough. Only a
 * {@linkcode RegistryError} that says so is tried again: never an abort, never a failure of the source
 * of what is being sent.
 *
 * @param work gets the number of the try, from 1.
 * @throws {RegistryError} the last failure, with the number of tries in its message.
 */
export async function retrying<T>(
  policy: RetryPolicy,
  work: (attempt: number) => Promise<T>,
  options: Cancel = {},
): Promise<T> {
  for (let attempt = 1;; attempt++) {
    options.signal?.throwIfAborted();
    try {
      return await work(attempt);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof RegistryError) || !error.retryable) throw error;
      const attempts = Math.min(policy.attempts, error.attempts);
      if (attempt >= attempts) throw final(error, attempt);
      const wait = error.retryAfter ?? backoff(attempt, policy);
      policy.warn(
        `${error.message}; trying again in ${
          (wait / 1000).toFixed(1)
        } s (${attempt} of ${attempts})`,
      );
      await policy.clock.wait(wait, options);
    }
  }
}

/** Milliseconds after the given try: doubled each time, a fifth more or less, at most a minute. */
export function backoff(attempt: number, { delay, clock }: RetryPolicy): number {
  const jitter = 0.8 + 0.4 * clock.random();
  return Math.min(DELAY_LIMIT, delay * 2 ** (attempt - 1) * jitter);
}

function final(error: RegistryError, attempts: number): RegistryError {
  const suffix = attempts === 1 ? "" : ` after ${attempts} attempts`;
  return error.with({ retryable: false }, `${error.message}${suffix}`);
}

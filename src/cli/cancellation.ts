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

/** Has signals go to `to` rather than end the work, until what it gives back is disposed. */
export type DivertSignals = (to: (signal: EndingSignal) => void) => Disposable;

/**
 * Runs work that ends when the process is asked to end. The first signal aborts the work, which then
 * cleans up; a second one ends the wait for it, and the programs that it runs.
 *
 * @throws {KrustError} `interrupted`, `terminated`, `hung-up`, or whatever the work throws. Work that
 * fails after a signal fails because of it, whatever it says.
 */
export async function untilSignalled<T>(
  host: Pick<Host, "onSignal" | "endPrograms">,
  work: (signal: AbortSignal, divert: DivertSignals) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const impatient = Promise.withResolvers<never>();
  let diverted: ((signal: EndingSignal) => void) | undefined;
  const divert: DivertSignals = (to) => {
    diverted = to;
    return { [Symbol.dispose]: () => void (diverted = undefined) };
  };
  using _ = host.onSignal((name) => {
    if (diverted !== undefined) return diverted(name);
    const error = new KrustError(CODES[name], WORDS[name]);
    if (!signal.aborted) return controller.abort(error);
    host.endPrograms();
    impatient.reject(error);
  });
  const running = work(signal, divert).catch((error) => {
    throw signal.aborted ? signal.reason : error;
  });
  // Whichever loses the race has been heard already.
  running.catch(() => {});
  return await Promise.race([running, impatient.promise]);
}

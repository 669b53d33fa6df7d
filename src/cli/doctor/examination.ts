// What the checks of `krust doctor` share, and how they are kept from waiting, writing and fetching.
import type { CargoContext } from "../../cargo/context.ts";
import type { Project } from "../../cargo/cargo.ts";
import type { Settings } from "../../config/resolve_settings.ts";
import type { Host } from "../../core/host.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Reporter } from "../../report/reporter.ts";
import { type Check, type Finding, reasonOf } from "./finding.ts";

/** Milliseconds that a check waits for a program or a server. */
export const PATIENCE = 8_000;

/** What checks look at. */
export interface Examination {
  /** The process, through {@linkcode sparingHost}. */
  readonly host: Host;
  /** Aborted when krust is asked to end. */
  readonly signal: AbortSignal;
  /** The settings in force. */
  readonly settings: Settings;
  /** Told what goes on. */
  readonly report: Reporter;
  /** Drives rustc and cargo. */
  readonly context: CargoContext;
  /** The project's folder, absolute; where there is none, the working directory. */
  readonly directory: string;
  /** The project, where there is one. */
  readonly project?: Project;
  /** Cargo profile and arguments of a build. */
  readonly cargo: { readonly profile: string; readonly args: readonly string[] };
  /** The platforms in force. */
  readonly platforms: readonly Platform[];
}

/** A host whose programs end in time, and fetch no toolchain by themselves. */
export function sparingHost(host: Host, observe: (response: Response, url: URL) => void): Host {
  return {
    ...host,
    async transport(request, options): Promise<Response> {
      const response = await host.transport(request, options);
      observe(response, request.url);
      return response;
    },
    run: (command, { signal } = {}) =>
      inTime(signal, command.program, (limited) =>
        host.run({
          ...command,
          // rustup's proxies install what a rust-toolchain.toml names, unasked.
          env: { RUSTUP_AUTO_INSTALL: "0", RUST_BACKTRACE: "0", ...command.env },
        }, { signal: limited })),
  };
}

/**
 * Does what has to be done in time, which is {@linkcode PATIENCE} but for tests.
 *
 * @param who is waited for, in words.
 * @param milliseconds how long.
 * @throws {Deno.errors.TimedOut} where it is not; the signal's reason; what `work` throws.
 */
export async function inTime<T>(
  signal: AbortSignal | undefined,
  who: string,
  work: (signal: AbortSignal) => Promise<T>,
  milliseconds = PATIENCE,
): Promise<T> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(new Deno.errors.TimedOut("too slow")), milliseconds);
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  try {
    return await work(both);
  } catch (error) {
    signal?.throwIfAborted();
    if (!stop.signal.aborted) throw error;
    throw new Deno.errors.TimedOut(`no answer from ${who} for ${milliseconds / 1_000} s`);
  } finally {
    clearTimeout(timer);
  }
}

/** The findings of a check; what keeps it from finding anything is a warning. */
export async function attempt(
  check: Check,
  signal: AbortSignal,
  look: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    signal.throwIfAborted();
    return [{
      check,
      status: "warning",
      what: "could not be looked at",
      why: reasonOf(error),
      command: "krust doctor -v",
    }];
  }
}

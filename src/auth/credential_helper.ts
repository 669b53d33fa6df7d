// Docker's credential helpers: programs that keep credentials (docker/docker-credential-helpers). What a
// helper writes never reaches an error: it may be a secret.
import * as v from "valibot";
import { KrustError } from "../core/error.ts";
import type { Command, CommandResult } from "../core/host.ts";
import { printable } from "../core/printable.ts";
import { bytesOf, type Cancel } from "../core/streams.ts";
import { type Secret, secretOf } from "./docker_config.ts";

/** Runs programs: the part of `Host` that helpers need. */
export type Run = (command: Command, options?: Cancel) => Promise<CommandResult>;

/** The most that a helper may write, in characters. */
const OUTPUT_LIMIT = 64 * 1024;

/** How long a helper may take, in milliseconds. */
const TIME_LIMIT = 30_000;

/** What every helper says for credentials that it does not have; it is part of the protocol. */
const NOT_FOUND = "credentials not found in native keychain";

const OUTPUT = v.object({ Username: v.string(), Secret: v.string() });

/** Options of {@linkcode askHelper}. */
export interface HelperOptions extends Cancel {
  /** How long it may take, in milliseconds. */
  readonly timeLimit?: number;
}

/**
 * Asks a helper for what it keeps under `address`; undefined where it keeps nothing.
 *
 * @param program its name on PATH: `docker-credential-pass`.
 * @throws {KrustError} `credential-helper-failed`.
 */
export async function askHelper(
  program: string,
  address: string,
  run: Run,
  options: HelperOptions = {},
): Promise<Secret | undefined> {
  const failed = (reason: string): KrustError =>
    new KrustError(
      "credential-helper-failed",
      `cannot get credentials for "${printable(address)}" from ${program}: ${reason}`,
      { help: [`to see what it says: echo '${printable(address)}' | ${program} get`] },
    );
  // The protocol is of lines: a line end would ask for another host (CVE-2020-5260).
  // deno-lint-ignore no-control-regex
  if (address === "" || /[\r\n\u0000]/.test(address)) throw failed("that is no registry");
  const { status, stdout, stderr } = await runWithin(program, address, run, options, failed);
  if (stdout.length > OUTPUT_LIMIT) throw failed(`it wrote more than ${OUTPUT_LIMIT} bytes`);
  if (status !== 0) {
    if ([stdout, stderr].some((text) => text.trim() === NOT_FOUND)) return undefined;
    throw failed(`it ended with status ${status}`);
  }
  const output = v.safeParse(OUTPUT, parseJson(stdout));
  if (!output.success) throw failed("its output is not what a helper's should be");
  return secretOf(output.output.Username, output.output.Secret);
}

async function runWithin(
  program: string,
  address: string,
  run: Run,
  options: HelperOptions,
  failed: (reason: string) => KrustError,
): Promise<CommandResult> {
  const { signal, timeLimit = TIME_LIMIT } = options;
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(failed(`it did not answer within ${timeLimit / 1000} s`)),
    timeLimit,
  );
  try {
    return await run({
      program,
      args: ["get"],
      stdin: bytesOf(new TextEncoder().encode(address)),
      // A helper is often a script: what it started must not outlive it, nor keep its output open.
      group: true,
    }, { signal: signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]) });
  } catch (error) {
    signal?.throwIfAborted();
    limit.signal.throwIfAborted();
    if (error instanceof Deno.errors.NotFound) throw notFound(program, address);
    throw failed("it could not be run");
  } finally {
    clearTimeout(timer);
  }
}

function notFound(program: string, address: string): KrustError {
  return new KrustError(
    "credential-helper-failed",
    `cannot get credentials for "${printable(address)}" from ${program}: there is no such program`,
    {
      help: [
        `install ${program} so that it is on PATH`,
        "or take its name out of credHelpers and credsStore in docker's config.json",
      ],
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Docker's credential helpers: programs that keep credentials (docker/docker-credential-helpers). What a
// helper reads and writes never reaches an error: it may be a secret.
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
  const call: Call = {
    program,
    command: "get",
    address,
    stdin: address,
    purpose: "get credentials for",
  };
  const stdout = await callHelper(call, run, options);
  if (stdout === undefined) return undefined;
  const output = v.safeParse(OUTPUT, parseJson(stdout));
  if (!output.success) throw failure(call, "its output is not what a helper's should be");
  return secretOf(output.output.Username, output.output.Secret);
}

/**
 * Gives a helper credentials to keep under `address`.
 *
 * @throws {KrustError} `credential-helper-failed`.
 */
export async function storeInHelper(
  program: string,
  address: string,
  login: { readonly username: string; readonly password: string },
  run: Run,
  options: HelperOptions = {},
): Promise<void> {
  const { username, password } = login;
  const stdin = JSON.stringify({ ServerURL: address, Username: username, Secret: password });
  const call: Call = { program, command: "store", address, stdin, purpose: "keep credentials for" };
  await callHelper(call, run, options);
}

/**
 * Has a helper forget what it keeps under `address`; that it keeps nothing is no error.
 *
 * @throws {KrustError} `credential-helper-failed`.
 */
export async function eraseFromHelper(
  program: string,
  address: string,
  run: Run,
  options: HelperOptions = {},
): Promise<void> {
  const purpose = "remove credentials for";
  await callHelper({ program, command: "erase", address, stdin: address, purpose }, run, options);
}

/** One use of a helper. */
interface Call {
  readonly program: string;
  readonly command: "get" | "store" | "erase";
  readonly address: string;
  /** What it reads: for `store`, a secret. */
  readonly stdin: string;
  /** What for, in words. */
  readonly purpose: string;
}

/** What a helper writes; undefined where it says that it keeps nothing of the kind. */
async function callHelper(
  call: Call,
  run: Run,
  options: HelperOptions,
): Promise<string | undefined> {
  // The protocol is of lines: a line end would ask for another host (CVE-2020-5260).
  // deno-lint-ignore no-control-regex
  if (call.address === "" || /[\r\n\u0000]/.test(call.address)) {
    throw failure(call, "that is no registry");
  }
  const { status, stdout, stderr } = await runWithin(call, run, options);
  if (stdout.length > OUTPUT_LIMIT) {
    throw failure(call, `it wrote more than ${OUTPUT_LIMIT} bytes`);
  }
  if (status === 0) return stdout;
  if ([stdout, stderr].some((text) => text.trim() === NOT_FOUND)) return undefined;
  throw failure(call, `it ended with status ${status}`);
}

function failure({ program, command, address, purpose }: Call, reason: string): KrustError {
  const shown = printable(address);
  return new KrustError(
    "credential-helper-failed",
    `cannot ${purpose} "${shown}" ${command === "store" ? "in" : "from"} ${program}: ${reason}`,
    {
      help: command === "store"
        ? [`${program} said why it could not, but that may hold the secret and is not shown`]
        : [`to see what it says: echo '${shown}' | ${program} ${command}`],
    },
  );
}

async function runWithin(call: Call, run: Run, options: HelperOptions): Promise<CommandResult> {
  const { signal, timeLimit = TIME_LIMIT } = options;
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(failure(call, `it did not answer within ${timeLimit / 1000} s`)),
    timeLimit,
  );
  try {
    return await run({
      program: call.program,
      args: [call.command],
      stdin: bytesOf(new TextEncoder().encode(call.stdin)),
    }, { signal: signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]) });
  } catch (error) {
    signal?.throwIfAborted();
    limit.signal.throwIfAborted();
    if (error instanceof Deno.errors.NotFound) throw notFound(call);
    throw failure(call, "it could not be run");
  } finally {
    clearTimeout(timer);
  }
}

function notFound(call: Call): KrustError {
  const { program } = call;
  return new KrustError(
    "credential-helper-failed",
    failure(call, "there is no such program").message,
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

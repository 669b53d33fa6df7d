// Runs a program to its end: whatever happens, nothing of it is left running and nothing un-awaited.
import { KrustError } from "./error.ts";
import { isFolder } from "./files.ts";
import { type Bytes, type Cancel, concat, lines } from "./streams.ts";

/**
 * A program to run. Arguments go as they are: there is never a shell.
 *
 * It runs in a session of its own, so that cancelling ends it with all its children: SIGTERM to the group,
 * SIGKILL a second later. Only where it shares our standard input it does not: a terminal is one
 * session's alone.
 */
export interface Command {
  /** Name on PATH, or a path. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Where it runs; the process's own folder if not given. */
  readonly cwd?: string;
  /** Variables on top of the inherited environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads on its standard input; nothing if not given. */
  readonly stdin?: Bytes | "inherit";
  /** Gets each line of its standard output; without it the output is collected into the result. */
  readonly onStdoutLine?: (line: string) => void;
  /** `inherit` passes its standard error to ours as it is; a function gets its lines; else collected. */
  readonly stderr?: "inherit" | ((line: string) => void);
  /** Passes its standard output to ours as it is. */
  readonly stdout?: "inherit";
  /** Gets a function that signals the program; what it gives back is disposed when the program ended. */
  readonly relay?: (send: (signal: Deno.Signal) => void) => Disposable;
}

/** How a program ended, and what it wrote where that was not passed on. */
export interface CommandResult {
  /** Exit status; 128 + the signal's number where one ended it. */
  readonly status: number;
  /** Its standard output, at most {@linkcode COLLECT_LIMIT} bytes. */
  readonly stdout: string;
  /** Its standard error, likewise. */
  readonly stderr: string;
}

/** How much of a program's output is kept, in bytes; the rest is read and dropped. */
export const COLLECT_LIMIT = 16 * 1024 * 1024;

/** The calls of the system that running takes; `host.ts` has the real ones. */
export interface Processes {
  /** Starts a program. */
  spawn(program: string, options: Deno.CommandOptions): Deno.ChildProcess;
  /** Signals a process, or with a negative number the group that it leads. */
  kill(pid: number, signal: Deno.Signal): void;
}

/** Milliseconds from SIGTERM to SIGKILL: Ctrl-C is to end krust within two seconds. */
const TERM_GRACE = 1_000;

/** How long {@linkcode runCommand} waits; the defaults are right but for tests. */
export interface RunTimes {
  /** Milliseconds between asking a program to end and ending it. */
  readonly termGrace?: number;
  /**
   * Milliseconds that output is waited for after the program's end: children that it left behind
   * (a compiler cache's server, say) may hold its streams open for ever.
   */
  readonly drainGrace?: number;
}

/**
 * Runs a program to its end.
 *
 * A program that ends well without having read all of its input is no failure. Where the input
 * itself fails, the program is killed before it could take what it got for the whole.
 *
 * @throws {Deno.errors.NotFound} where there is no such program.
 * @throws {Deno.errors.PermissionDenied} where there is one that may not be run.
 * @throws {KrustError} `project-invalid` where there is no such folder to run it in.
 * @throws the signal's reason where it was cancelled; what the input or a callback threw.
 */
export async function runCommand(
  processes: Processes,
  command: Command,
  options: Cancel & RunTimes = {},
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const group = command.stdin !== "inherit" && Deno.build.os !== "windows";
  const child = await spawn(processes, command, group);
  const signal = (name: Deno.Signal): void => signalChild(processes, child, group, name);
  using _relay = command.relay?.(signal);
  const failures: unknown[] = [];
  let killer: ReturnType<typeof setTimeout> | undefined;
  const end = (): void => {
    if (killer !== undefined) return;
    signal("SIGTERM");
    killer = setTimeout(() => signal("SIGKILL"), options.termGrace ?? TERM_GRACE);
  };
  const fail = (error: unknown): void => {
    failures.push(error);
    end();
  };
  const stdout = command.stdout === undefined ? endable(child.stdout) : undefined;
  const stderr = command.stderr === "inherit" ? undefined : endable(child.stderr);
  const stdin = typeof command.stdin === "object" ? command.stdin.getReader() : undefined;
  options.signal?.addEventListener("abort", end, { once: true });
  if (options.signal?.aborted === true) end();
  let drain: ReturnType<typeof setTimeout> | undefined;
  try {
    const onStderrLine = command.stderr === "inherit" ? undefined : command.stderr;
    const outputs = Promise.all([
      gather(stdout?.bytes, command.onStdoutLine).catch(fail),
      gather(stderr?.bytes, onStderrLine).catch(fail),
      stdin === undefined
        ? undefined
        : feed(child.stdin, stdin, () => signal("SIGKILL")).catch(fail),
    ]);
    const status = await child.status;
    drain = setTimeout(() => {
      if (group && killer !== undefined) signal("SIGKILL");
      stdout?.end();
      stderr?.end();
    }, options.drainGrace ?? 1_000);
    await stdin?.cancel().catch(() => {});
    const [out, err] = await outputs;
    options.signal?.throwIfAborted();
    if (failures.length > 0) throw failures[0];
    return { status: status.code, stdout: out ?? "", stderr: err ?? "" };
  } finally {
    options.signal?.removeEventListener("abort", end);
    clearTimeout(drain);
    clearTimeout(killer);
    // The leader is gone; whoever of its group still ignores SIGTERM must not outlive us.
    if (group && killer !== undefined) signal("SIGKILL");
  }
}

async function spawn(
  processes: Processes,
  command: Command,
  group: boolean,
): Promise<Deno.ChildProcess> {
  try {
    return processes.spawn(command.program, {
      args: [...command.args],
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      ...(command.env === undefined ? {} : { env: { ...command.env } }),
      stdin: typeof command.stdin === "object" ? "piped" : command.stdin ?? "null",
      stdout: command.stdout ?? "piped",
      stderr: command.stderr === "inherit" ? "inherit" : "piped",
      ...(group ? { detached: true } : {}),
    });
  } catch (error) {
    if (typeof command.stdin === "object") await command.stdin.cancel(error);
    if (error instanceof Deno.errors.NotCapable) {
      throw new Deno.errors.PermissionDenied(error.message, { cause: error });
    }
    if (!(error instanceof Deno.errors.NotFound) || command.cwd === undefined) throw error;
    // Deno says NotFound for a missing folder as it does for a missing program.
    if (await isFolder(command.cwd)) throw error;
    throw new KrustError(
      "project-invalid",
      `run "${command.program}" in "${command.cwd}": there is no such folder`,
    );
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

/** Feeds a child's standard input, until either side ends; throws what the source throws. */
async function feed(
  stdin: WritableStream<Uint8Array<ArrayBuffer>>,
  source: Reader,
  kill: () => void,
): Promise<void> {
  const sink = stdin.getWriter();
  let cut = false;
  const read = (): ReturnType<Reader["read"]> =>
    source.read().catch((error) => {
      cut = true;
      throw error;
    });
  try {
    for (let next = await read(); !next.done; next = await read()) await sink.write(next.value);
    await sink.close();
  } catch (error) {
    // A child that does not want more has its reasons, which its exit status tells.
    const refused = !cut && error instanceof Deno.errors.BrokenPipe;
    // Killed before its input is closed: a part of it must not look like all of it.
    if (!refused) kill();
    await source.cancel(error).catch(() => {});
    await sink.abort(error).catch(() => {});
    if (!refused) throw error;
  }
}

/** Signals a program, or the group that it leads, as far as it still runs and this process may. */
export function signalChild(
  processes: Processes,
  child: Deno.ChildProcess,
  group: boolean,
  signal: Deno.Signal,
): void {
  try {
    if (group) processes.kill(-child.pid, signal);
    else child.kill(signal);
  } catch (error) {
    // Deno lets groups be signalled by whoever may run any program, and nobody else.
    if (group && error instanceof Deno.errors.NotCapable) signalByProgram(processes, child, signal);
    // Else it ended by itself meanwhile.
  }
}

/** Signals a group by the program `kill`; where that may not be run, its leader alone. */
function signalByProgram(
  processes: Processes,
  child: Deno.ChildProcess,
  signal: Deno.Signal,
): void {
  const args = ["-s", signal.replace(/^SIG/, ""), "--", `-${child.pid}`];
  try {
    processes.spawn("kill", { args, stdin: "null", stdout: "null", stderr: "null" });
  } catch {
    signalChild(processes, child, false, signal);
  }
}

/** A stream that can be ended from outside while somebody reads it. */
function endable(bytes: Bytes): { readonly bytes: Bytes; end(): void } {
  const reader = bytes.getReader();
  return {
    bytes: new ReadableStream({
      async pull(controller): Promise<void> {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 }),
    end: () => void reader.cancel().catch(() => {}),
  };
}

async function gather(
  bytes: Bytes | undefined,
  onLine?: (line: string) => void,
): Promise<string> {
  if (bytes === undefined) return "";
  if (onLine !== undefined) {
    for await (const line of lines(bytes)) onLine(line);
    return "";
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    const kept = chunk.subarray(0, COLLECT_LIMIT - size);
    if (kept.length > 0) chunks.push(kept);
    size += kept.length;
  }
  return new TextDecoder().decode(concat(chunks, size));
}

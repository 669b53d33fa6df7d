// The only door to the process: environment, arguments, standard streams, clock, children, signals.
import { fetchTransport, type Transport } from "./http.ts";
import { KrustError } from "./error.ts";
import { type Bytes, type Cancel, concat, lines } from "./streams.ts";

/** A standard stream that is written to. */
export interface Output {
  /** Writes all of `text`; rejects where the stream cannot take it. */
  write(text: string): void;
  /** Whether a person watches. */
  readonly terminal: boolean;
  /** Width in columns; 80 where it is not known. */
  columns(): number;
}

/** A program to run. Arguments go as they are: there is never a shell. */
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
  /**
   * Runs it in a session of its own, so that cancelling ends it with all its children: SIGTERM to
   * the group, SIGKILL five seconds later.
   */
  readonly group?: boolean;
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

/** Signals that end krust. */
export type EndingSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** What krust needs of the process it runs in; `main.ts` opens the real one, tests a fake. */
export interface Host {
  /** The value of an environment variable; undefined where it is unset. */
  env(name: string): string | undefined;
  /** The working directory, absolute. */
  readonly cwd: string;
  /** Processors that can be used at once. */
  readonly cpus: number;
  /** This machine's processor architecture in the words of OCI: `amd64`, `arm64`. */
  readonly architecture: string;
  /** This machine's operating system: `linux`, `darwin`, `windows`. */
  readonly os: string;
  /** Carries results only. */
  readonly stdout: Output;
  /** Carries everything else. */
  readonly stderr: Output;
  /** Sends HTTP requests. */
  readonly transport: Transport;
  /** The time now. */
  now(): Date;
  /**
   * Runs a program to its end.
   *
   * @throws {Deno.errors.NotFound} where there is no such program.
   * @throws the signal's reason where it was cancelled.
   */
  run(command: Command, options?: Cancel): Promise<CommandResult>;
  /** Calls `handle` on each of the ending signals until disposed. */
  onSignal(handle: (signal: EndingSignal) => void): Disposable;
}

/** How much of a program's output is kept, in bytes; the rest is read and dropped. */
export const COLLECT_LIMIT = 16 * 1024 * 1024;

/** Milliseconds between asking a group of processes to end and ending it. */
const TERM_GRACE = 5_000;

/** The host that is this process. */
export function realHost(): Host {
  return {
    env: (name) => Deno.env.get(name),
    cwd: Deno.cwd(),
    cpus: navigator.hardwareConcurrency,
    architecture: { x86_64: "amd64", aarch64: "arm64" }[Deno.build.arch],
    os: Deno.build.os,
    stdout: output(Deno.stdout),
    stderr: output(Deno.stderr),
    transport: fetchTransport(),
    now: () => new Date(),
    run,
    onSignal,
  };
}

function output(stream: typeof Deno.stdout): Output {
  const terminal = stream.isTerminal();
  return {
    terminal,
    write(text): void {
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
    },
    columns(): number {
      if (!terminal) return 80;
      try {
        return Deno.consoleSize().columns || 80;
      } catch {
        return 80;
      }
    },
  };
}

function onSignal(handle: (signal: EndingSignal) => void): Disposable {
  const names: EndingSignal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  const listeners = names.map((name) => ({ name, listener: (): void => handle(name) }));
  for (const { name, listener } of listeners) Deno.addSignalListener(name, listener);
  return {
    [Symbol.dispose](): void {
      for (const { name, listener } of listeners) Deno.removeSignalListener(name, listener);
    },
  };
}

async function run(command: Command, options: Cancel = {}): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const group = command.group === true && Deno.build.os !== "windows";
  const child = new Deno.Command(command.program, {
    args: [...command.args],
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    ...(command.env === undefined ? {} : { env: { ...command.env } }),
    stdin: command.stdin === undefined ? "null" : command.stdin === "inherit" ? "inherit" : "piped",
    stdout: command.stdout ?? "piped",
    stderr: command.stderr === "inherit" ? "inherit" : "piped",
    ...(group ? { detached: true } : {}),
  }).spawn();
  let killer: ReturnType<typeof setTimeout> | undefined;
  const end = (): void => {
    signalChild(child, group, "SIGTERM");
    killer = setTimeout(() => signalChild(child, group, "SIGKILL"), TERM_GRACE);
  };
  options.signal?.addEventListener("abort", end, { once: true });
  try {
    const feeding = typeof command.stdin === "object" ? feed(child, command.stdin) : undefined;
    const [stdout, stderr, status, fed] = await Promise.all([
      command.stdout === undefined ? gather(child.stdout, command.onStdoutLine) : "",
      command.stderr === "inherit" ? "" : gather(child.stderr, command.stderr),
      child.status,
      feeding,
    ]);
    options.signal?.throwIfAborted();
    if (fed instanceof KrustError || (fed !== undefined && status.success)) throw fed;
    return { status: status.code, stdout, stderr };
  } finally {
    options.signal?.removeEventListener("abort", end);
    if (killer !== undefined) {
      clearTimeout(killer);
      // The leader is gone; whoever of its group still ignores SIGTERM must not outlive us.
      if (group) signalChild(child, group, "SIGKILL");
    }
  }
}

/** Feeds a child's standard input; gives the failure rather than throwing, as its exit says more. */
async function feed(child: Deno.ChildProcess, bytes: Bytes): Promise<unknown> {
  try {
    await bytes.pipeTo(child.stdin);
    return undefined;
  } catch (error) {
    // A source that fails must not look to the child like a complete input.
    if (error instanceof KrustError) signalChild(child, false, "SIGKILL");
    return error;
  }
}

function signalChild(child: Deno.ChildProcess, group: boolean, signal: Deno.Signal): void {
  try {
    if (group) Deno.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // It ended by itself meanwhile.
  }
}

async function gather(bytes: Bytes, onLine?: (line: string) => void): Promise<string> {
  if (onLine !== undefined) {
    for await (const line of lines(bytes)) onLine(line);
    return "";
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    if (size + chunk.length <= COLLECT_LIMIT) {
      chunks.push(chunk);
      size += chunk.length;
    }
  }
  return new TextDecoder().decode(concat(chunks, size));
}

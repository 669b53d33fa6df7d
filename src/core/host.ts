// The only door to the process: environment, arguments, standard streams, clock, children, signals.
import { type Connect, connectOverTcp } from "./connect.ts";
import { KrustError } from "./error.ts";
import { type Input, openInput } from "./input.ts";
import { fetchTransport, type Transport } from "./http.ts";
import { listen, type ListenAddress, type Listening } from "./listen.ts";
import {
  type Command,
  type CommandResult,
  type Processes,
  runCommand,
  type RunTimes,
  signalChild,
} from "./run.ts";
import { PROXY_VARIABLES } from "./proxy.ts";
import type { Cancel } from "./streams.ts";
import type { Alarm } from "./time_limits.ts";

export type { Input } from "./input.ts";
export { COLLECT_LIMIT, type Command, type CommandResult } from "./run.ts";

/** A standard stream that is written to. */
export interface Output {
  /** Writes all of `text`; rejects where the stream cannot take it. */
  write(text: string): void;
  /** Whether a person watches. */
  readonly terminal: boolean;
  /** Width in columns; 80 where it is not known. */
  columns(): number;
}

/** A standard stream for results, whose reader may keep it waiting. */
export interface ResultOutput {
  /**
   * Writes all of `text`; rejects where the stream cannot take it, and with the signal's reason.
   * A reader that does not read is waited for, and nothing else waits with it.
   */
  write(text: string, options?: Cancel): Promise<void>;
  /** Whether a person watches. */
  readonly terminal: boolean;
}

/** Signals that end krust. */
export type EndingSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** What krust needs of the process it runs in; `main.ts` opens the real one, tests a fake. */
export interface Host {
  /**
   * The value of an environment variable; undefined where it is unset.
   *
   * @throws {KrustError} `config-invalid` where it is not UTF-8.
   */
  env(name: string): string | undefined;
  /**
   * The working directory, absolute.
   *
   * @throws {KrustError} `project-invalid` where it was removed; only commands that need it fail then.
   */
  readonly cwd: string;
  /** Processors that can be used at once. */
  readonly cpus: number;
  /** This machine's processor architecture in the words of OCI: `amd64`, `arm64`. */
  readonly architecture: string;
  /** This machine's operating system: `linux`, `darwin`, `windows`. */
  readonly os: string;
  /** What is given to krust. */
  readonly stdin: Input;
  /** Carries results only. */
  readonly stdout: ResultOutput;
  /** Carries everything else. */
  readonly stderr: Output;
  /** Sends HTTP requests. */
  readonly transport: Transport;
  /** The time now. */
  now(): Date;
  /** Lets milliseconds pass before something is tried again; the clock's own time if not given. */
  wait?(milliseconds: number, options?: Cancel): Promise<void>;
  /** Rings when something was waited for too long; a timer of this process if not given. */
  readonly alarm?: Alarm;
  /** Finds out whether somebody can be connected to; connecting has no limit of its own if not given. */
  readonly connect?: Connect;
  /**
   * Runs a program to its end ({@linkcode runCommand}).
   *
   * @throws {Deno.errors.NotFound} where there is no such program.
   * @throws {Deno.errors.PermissionDenied} where there is one that may not be run.
   * @throws the signal's reason where it was cancelled.
   */
  run(command: Command, options?: Cancel): Promise<CommandResult>;
  /** Ends at once what {@linkcode run} has started and waits for, with all its children. */
  endPrograms(): void;
  /**
   * Answers HTTP requests until it is closed ({@linkcode listen}).
   *
   * @throws the system's error where it cannot listen there.
   */
  listen(handle: (request: Request) => Promise<Response>, address: ListenAddress): Listening;
  /** Calls `handle` on each of the ending signals until disposed. */
  onSignal(handle: (signal: EndingSignal) => void): Disposable;
}

const PROCESSES: Processes = {
  spawn: (program, options) => new Deno.Command(program, options).spawn(),
  kill: (pid, signal) => Deno.kill(pid, signal),
};

/** The host that is this process; `times` are for tests. */
export function realHost(times: RunTimes = {}): Host {
  heedNoProxy();
  const running = new RunningPrograms();
  return {
    env,
    get cwd(): string {
      return workingDirectory();
    },
    cpus: navigator.hardwareConcurrency,
    architecture: { x86_64: "amd64", aarch64: "arm64" }[Deno.build.arch],
    os: Deno.build.os,
    stdin: openInput(Deno.stdin),
    stdout: { write: writeResult, terminal: Deno.stdout.isTerminal() },
    stderr: output(Deno.stderr),
    transport: fetchTransport(),
    connect: connectOverTcp,
    now: () => new Date(),
    run: (command, options) =>
      running.following((processes) => runCommand(processes, command, { ...times, ...options })),
    endPrograms: () => running.end(),
    listen,
    onSignal,
  };
}

/** A program that was started, alone or as the leader of a group. */
interface Started {
  readonly child: Deno.ChildProcess;
  readonly group: boolean;
}

/** The programs that are waited for, so that all of them can be ended at once. */
class RunningPrograms {
  readonly #running = new Set<Started>();

  /** Runs a program by `work`, which starts it with what it is given. */
  async following<T>(work: (processes: Processes) => Promise<T>): Promise<T> {
    const all: Started[] = [];
    try {
      return await work({
        ...PROCESSES,
        spawn: (program, options) => {
          const child = PROCESSES.spawn(program, options);
          const started = { child, group: options.detached === true };
          all.push(started);
          this.#running.add(started);
          return child;
        },
      });
    } finally {
      for (const started of all) this.#running.delete(started);
    }
  }

  end(): void {
    for (const { child, group } of this.#running) signalChild(PROCESSES, child, group, "SIGKILL");
  }
}

/** `NO_PROXY=*` means every host; the runtime takes it for every name, and goes on to proxy addresses. */
function heedNoProxy(): void {
  const exceptions = `${env("NO_PROXY") ?? ""},${env("no_proxy") ?? ""}`;
  if (!exceptions.split(",").some((part) => part.trim() === "*")) return;
  for (const name of PROXY_VARIABLES) Deno.env.delete(name);
}

function env(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    // What may not be read is not there for us: narrow permissions name what krust needs.
    if (error instanceof Deno.errors.NotCapable) return undefined;
    // Deno's own message repeats the value, which may be a secret.
    if (!(error instanceof Deno.errors.InvalidData)) throw error;
    throw new KrustError("config-invalid", `the environment variable ${name} is not UTF-8`);
  }
}

function workingDirectory(): string {
  try {
    return Deno.cwd();
  } catch (error) {
    throw new KrustError("project-invalid", "the working directory cannot be used", {
      cause: error,
    });
  }
}

function output(stream: typeof Deno.stdout): Output {
  const terminal = stream.isTerminal();
  return {
    terminal,
    write(text): void {
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length;) at += writeSome(stream, bytes.subarray(at));
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

/** Milliseconds to wait for a reader before trying to write again. */
const WRITE_PAUSE = 5;

/** Writes some of `bytes`, at least one, and gives how many. */
function writeSome(stream: typeof Deno.stdout, bytes: Uint8Array): number {
  while (true) {
    try {
      return stream.writeSync(bytes);
    } catch (error) {
      // A pipe that another program made non-blocking is full: a slow reader is no failure.
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WRITE_PAUSE);
    }
  }
}

/** Writes to standard output. A write that waits for a reader is left behind where it is cancelled. */
async function writeResult(text: string, { signal }: Cancel = {}): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  signal?.throwIfAborted();
  const cancelled = Promise.withResolvers<never>();
  cancelled.promise.catch(() => {});
  const cancel = (): void => cancelled.reject(signal?.reason);
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    for (let at = 0; at < bytes.length;) {
      at += await Promise.race([Deno.stdout.write(bytes.subarray(at)), cancelled.promise])
        .catch((error) => {
          if (!(error instanceof Deno.errors.WouldBlock)) throw error;
          return new Promise<number>((resolve) => setTimeout(() => resolve(0), WRITE_PAUSE));
        });
    }
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

function onSignal(handle: (signal: EndingSignal) => void): Disposable {
  const names: EndingSignal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  const listeners: { readonly name: Deno.Signal; readonly listener: () => void }[] = names.map(
    (name) => ({ name, listener: (): void => handle(name) }),
  );
  // Unheard, a file that grows past `ulimit -f` would end the process where a write should fail.
  if (Deno.build.os !== "windows") listeners.push({ name: "SIGXFSZ", listener: () => {} });
  for (const { name, listener } of listeners) Deno.addSignalListener(name, listener);
  return {
    [Symbol.dispose](): void {
      for (const { name, listener } of listeners) Deno.removeSignalListener(name, listener);
    },
  };
}

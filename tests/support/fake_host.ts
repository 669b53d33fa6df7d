// A Host that is no process: what krust writes is kept, what it runs and asks is answered by functions.
// Nothing of the real environment shows through, so tests can run side by side.
import { basename, join } from "node:path";
import type { Connect } from "../../src/core/connect.ts";
import type {
  Command,
  CommandResult,
  EndingSignal,
  Host,
  Output,
  ResultOutput,
} from "../../src/core/host.ts";
import type { Transport, WireRequest } from "../../src/core/http.ts";
import type { Cancel } from "../../src/core/streams.ts";
import type { Alarm } from "../../src/core/time_limits.ts";

/** Answers requests as a server would, without a socket. */
export type Handler = (request: Request) => Promise<Response>;

/** One run of a program, as the program sees it. */
export interface ProgramCall {
  readonly args: readonly string[];
  /** Where it runs, absolute. */
  readonly cwd: string;
  /** Its environment: the host's with the command's own on top. */
  env(name: string): string | undefined;
  /** All of its standard input. */
  stdin(): Promise<string>;
  /** Writes to its standard output. */
  out(text: string): void;
  /** Writes to its standard error. */
  err(text: string): void;
  /** Calls `handle` on each signal that is passed on to it. */
  onSignal(handle: (name: Deno.Signal) => void): void;
  /** Aborted when it should end. */
  readonly signal: AbortSignal;
}

/** A program: gives its exit status. */
export type FakeProgram = (call: ProgramCall) => number | Promise<number>;

/** What a fake host is made of; every part has a default that does nothing. */
export interface FakeHostOptions {
  /** The working directory; also holds `HOME` where `env` does not set it. */
  readonly cwd: string;
  /** The environment, whole. */
  readonly env?: Readonly<Record<string, string>>;
  /** Servers by the host, and port if it is not the scheme's own: `registry.test:5000`. */
  readonly registries?: ReadonlyMap<string, Handler> | Readonly<Record<string, Handler>>;
  /** Sends what is for none of `registries`; nobody answers if not given. */
  readonly network?: Transport;
  /** Rings when something was waited for too long; this process's own timers if not given. */
  readonly alarm?: Alarm;
  /** Finds out whether somebody can be connected to; nothing does if not given. */
  readonly connect?: Connect;
  /** Programs by name. */
  readonly programs?: Readonly<Record<string, FakeProgram>>;
  /** What is on standard input; where `terminal`, typed by a person, line by line. */
  readonly stdin?: string;
  /** The time; 2026-01-02T03:04:05Z if not given. */
  readonly now?: Date;
  /** Whether a person watches stdout and stderr. */
  readonly terminal?: boolean;
  /** Width of the terminal. */
  readonly columns?: number;
  readonly cpus?: number;
  readonly architecture?: string;
  readonly os?: string;
  /** What writing to standard output throws. */
  readonly stdoutError?: Error;
  /** Addresses that another program listens on, as `host:port`. */
  readonly inUse?: readonly string[];
}

/** A fake host and what was seen of it. */
export interface FakeHost extends Host {
  /** What was written to standard output so far. */
  stdoutText(): string;
  /** What was written to standard error so far. */
  stderrText(): string;
  /** Every program that was asked for, in order. */
  readonly commands: readonly Command[];
  /** What krust answers requests with, by `host:port`, while it listens there. */
  readonly listening: ReadonlyMap<string, Handler>;
  /** Every request that was sent, as `METHOD url`, in order. */
  readonly requests: readonly string[];
  /** What was waited before something was tried again, in milliseconds; no time passes. */
  readonly waits: readonly number[];
  /** How often all programs were ended at once. */
  readonly endings: number;
  /** Sends the process a signal; gives whether anybody listens. */
  signal(name: EndingSignal): boolean;
}

/** The port that is picked for who wants any. */
const FREE_PORT = 49_152;

/** Makes a fake host. */
export function fakeHost(options: FakeHostOptions): FakeHost {
  const env = new Map(Object.entries({ HOME: join(options.cwd, ".home"), ...options.env }));
  const stdout = new CapturedResult(options);
  const stderr = new Capture(options);
  let endings = 0;
  const typed = (options.stdin ?? "").split("\n");
  const commands: Command[] = [];
  const requests: string[] = [];
  const waits: number[] = [];
  const listening = new Map<string, Handler>();
  const signals = fakeSignals();
  const host: FakeHost = {
    env: (name) => env.get(name),
    cwd: options.cwd,
    cpus: options.cpus ?? 2,
    architecture: options.architecture ?? "amd64",
    os: options.os ?? "linux",
    stdin: {
      terminal: options.terminal ?? false,
      bytes: () => Promise.resolve(new TextEncoder().encode(options.stdin ?? "")),
      text: () => Promise.resolve(options.stdin ?? ""),
      line: () => Promise.resolve(typed.shift() ?? ""),
    },
    stdout,
    stderr,
    now: () => options.now ?? new Date("2026-01-02T03:04:05Z"),
    transport: (request, cancel = {}) => {
      requests.push(`${request.method} ${request.url.href}`);
      const server = serverOf(options.registries, request.url.host);
      return server === undefined && options.network !== undefined
        ? options.network(request, cancel)
        : send(server, request, cancel);
    },
    ...limitsOf(options),
    wait: async (milliseconds, { signal } = {}) => {
      signal?.throwIfAborted();
      waits.push(milliseconds);
    },
    run: async (command, cancel = {}) => {
      commands.push(command);
      const program = options.programs?.[basename(command.program)];
      return await runProgram(program, command, host, cancel);
    },
    endPrograms: () => void endings++,
    get endings(): number {
      return endings;
    },
    listen: fakeListen(listening, options.inUse ?? []),
    onSignal: signals.listen,
    stdoutText: () => stdout.text,
    stderrText: () => stderr.text,
    commands,
    listening,
    requests,
    waits,
    signal: signals.send,
  };
  return host;
}

/** Signals that a test sends. */
function fakeSignals(): { readonly listen: Host["onSignal"]; readonly send: FakeHost["signal"] } {
  const listeners = new Set<(signal: EndingSignal) => void>();
  return {
    listen: (handle) => {
      listeners.add(handle);
      return { [Symbol.dispose]: () => void listeners.delete(handle) };
    },
    send: (name) => {
      for (const handle of listeners) handle(name);
      return listeners.size > 0;
    },
  };
}

/** What there is that ends what takes too long. */
function limitsOf({ alarm, connect }: FakeHostOptions): Pick<Host, "alarm" | "connect"> {
  return {
    ...(alarm === undefined ? {} : { alarm }),
    ...(connect === undefined ? {} : { connect }),
  };
}

/** Listens without a socket: whoever answers is in `listening`. */
function fakeListen(listening: Map<string, Handler>, inUse: readonly string[]): Host["listen"] {
  return (handle, at) => {
    const port = at.port === 0 ? FREE_PORT : at.port;
    const address = `${at.hostname}:${port}`;
    if (inUse.includes(address)) {
      throw new Deno.errors.AddrInUse("Address already in use (os error 98)");
    }
    listening.set(address, handle);
    return { port, close: async () => void listening.delete(address) };
  };
}

/** A standard output that remembers. */
class CapturedResult implements ResultOutput {
  readonly terminal: boolean;
  readonly #error: Error | undefined;
  text = "";

  constructor({ terminal = false, stdoutError }: FakeHostOptions) {
    this.terminal = terminal;
    this.#error = stdoutError;
  }

  async write(text: string): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    this.text += text;
  }
}

/** A standard error that remembers. */
class Capture implements Output {
  readonly terminal: boolean;
  readonly #columns: number;
  text = "";

  constructor(options: FakeHostOptions) {
    this.terminal = options.terminal ?? false;
    this.#columns = options.columns ?? 80;
  }

  write(text: string): void {
    this.text += text;
  }

  columns(): number {
    return this.#columns;
  }
}

function serverOf(registries: FakeHostOptions["registries"], host: string): Handler | undefined {
  if (registries === undefined) return undefined;
  return registries instanceof Map
    ? registries.get(host)
    : Object.entries(registries).find(([name]) => name === host)?.[1];
}

/** Sends a request to a function, as `fetch` would to a server that may not be there. */
async function send(
  server: Handler | undefined,
  request: WireRequest,
  { signal }: Cancel,
): Promise<Response> {
  signal?.throwIfAborted();
  if (server === undefined) {
    throw new TypeError("fetch failed", { cause: new Error(whyNoServer(request.url)) });
  }
  const headers = new Headers(request.headers);
  const body = await request.body?.open(signal === undefined ? {} : { signal });
  if (request.body !== undefined) headers.set("content-length", String(request.body.size));
  const sent = new Request(request.url, {
    method: request.method,
    headers,
    ...(body === undefined ? {} : { body: exactly(body, request.body?.size ?? 0) }),
  });
  const response = await server(sent);
  signal?.throwIfAborted();
  // A server may answer before it has read all; the sender then stops sending.
  if (sent.body !== null && !sent.bodyUsed) await sent.body.cancel();
  return response;
}

/** What fetch says of a host that is not there: names under `.invalid` (RFC 6761) do not resolve. */
function whyNoServer(url: URL): string {
  const reason = url.hostname.endsWith(".invalid")
    ? "dns error: failed to lookup address information: Name or service not known"
    : "tcp connect error: Connection refused (os error 111)";
  return `error sending request for url (${url.href}): client error (Connect): ${reason}`;
}

/** Passes bytes on, and fails like a connection where they are not as many as were announced. */
function exactly(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  size: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let left = size;
  const wrong = (): TypeError => new TypeError(`the body is not of ${size} bytes, as announced`);
  return bytes.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller): void {
        left -= chunk.length;
        if (left < 0) throw wrong();
        controller.enqueue(chunk);
      },
      flush(): void {
        if (left > 0) throw wrong();
      },
    }),
  );
}

async function runProgram(
  program: FakeProgram | undefined,
  command: Command,
  host: FakeHost,
  { signal }: Cancel,
): Promise<CommandResult> {
  signal?.throwIfAborted();
  const stdin = typeof command.stdin === "object" ? command.stdin : undefined;
  if (program === undefined) {
    await stdin?.cancel();
    throw new Deno.errors.NotFound(`Failed to spawn '${command.program}': entity not found`);
  }
  const out = new Pipe(
    command.stdout === "inherit" ? (text) => void host.stdout.write(text) : undefined,
    command.onStdoutLine,
  );
  const err = new Pipe(
    command.stderr === "inherit" ? (text) => host.stderr.write(text) : undefined,
    typeof command.stderr === "function" ? command.stderr : undefined,
  );
  const handlers: ((name: Deno.Signal) => void)[] = [];
  using _relay = command.relay?.((name) => handlers.forEach((handle) => handle(name)));
  const status = await program({
    args: command.args,
    cwd: command.cwd ?? host.cwd,
    env: (name) => command.env?.[name] ?? host.env(name),
    stdin: () => stdin === undefined ? Promise.resolve("") : new Response(stdin).text(),
    out: (text) => out.write(text),
    err: (text) => err.write(text),
    onSignal: (handle) => void handlers.push(handle),
    signal: signal ?? new AbortController().signal,
  });
  if (stdin !== undefined && !stdin.locked) await stdin.cancel();
  signal?.throwIfAborted();
  return { status, stdout: out.end(), stderr: err.end() };
}

/** Where a program's output goes: passed on as it is, line by line, or collected. */
class Pipe {
  readonly #pass: ((text: string) => void) | undefined;
  readonly #onLine: ((line: string) => void) | undefined;
  #held = "";

  constructor(pass?: (text: string) => void, onLine?: (line: string) => void) {
    this.#pass = pass;
    this.#onLine = onLine;
  }

  write(text: string): void {
    if (this.#pass !== undefined) return this.#pass(text);
    this.#held += text;
    if (this.#onLine === undefined) return;
    const lines = this.#held.split("\n");
    this.#held = lines.pop() ?? "";
    for (const line of lines) this.#onLine(line);
  }

  /** Ends the output and gives what was collected. */
  end(): string {
    if (this.#onLine === undefined) return this.#held;
    if (this.#held !== "") this.#onLine(this.#held);
    return "";
  }
}

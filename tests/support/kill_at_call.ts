// A program that runs another and kills it at the n-th call by which it changes a folder: a write, a sync, a
// rename. `deno run -A tests/support/kill_at_call.ts FOLDER N PROGRAM [ARGUMENT...]`; with N = 0 it only counts.
// Whatever language the program is in, and whichever of its threads calls: it is traced (ptrace(2)), and
// calls are counted over all of them in the order in which they are made. Ends with a line of JSON.
import { lines } from "../../src/core/streams.ts";

/** What a traced program did to the folder. */
export interface Traced {
  /** The calls, in order, as `fsync blobs/…`; the last is the one that was not made where it was killed. */
  readonly calls: readonly string[];
  readonly killed: boolean;
  /** Exit status, where it ended by itself. */
  readonly status: number;
}

/** Calls on a file that is open: x86-64's numbers. */
const ON_FILE: ReadonlyMap<number, string> = new Map([
  [1, "write"],
  [18, "pwrite64"],
  [20, "writev"],
  [40, "sendfile"],
  [74, "fsync"],
  [75, "fdatasync"],
  [77, "ftruncate"],
  [296, "pwritev"],
  [326, "copy_file_range"],
]);

/** Calls on paths, and which arguments these are. */
const ON_PATH: ReadonlyMap<number, readonly [name: string, at: number]> = new Map([
  [82, ["rename", 1]],
  [86, ["link", 1]],
  [264, ["renameat", 3]],
  [265, ["linkat", 3]],
  [316, ["renameat2", 3]],
]);

/** The file of `copy_file_range` and `sendfile` that is written to. */
const OUT_ARGUMENT: ReadonlyMap<number, number> = new Map([[326, 2]]);

const PTRACE = {
  cont: 7,
  syscall: 24,
  seize: 0x4206,
  interrupt: 0x4207,
  syscallInfo: 0x420e,
} as const;

/** Mark stops at calls, follow threads, and let nothing outlive the tracer. */
const OPTIONS = 0x1n | 0x8n | 0x10n | 0x100000n;
const WAIT_ALL = 0x40000000;
const SYSCALL_STOP = 0x85;
const ENTRY = 1;

const libc = Deno.dlopen("libc.so.6", {
  ptrace: { parameters: ["i32", "i32", "usize", "usize"], result: "i64" },
  read: { name: "ptrace", parameters: ["i32", "i32", "usize", "buffer"], result: "i64" },
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
}).symbols;

/** Runs a program to its end, or to its n-th call; `folder` is absolute and has no links in it. */
function trace(folder: string, kill: number, pid: number, start: () => void): Traced {
  check(libc.ptrace(PTRACE.seize, pid, 0n, OPTIONS), "trace");
  check(libc.ptrace(PTRACE.interrupt, pid, 0n, 0n), "interrupt");
  const calls: string[] = [];
  let killed = false;
  let started = false;
  const status = new Int32Array(1);
  while (true) {
    const who = libc.waitpid(-1, status, WAIT_ALL);
    const [word = 0] = status;
    if (who < 0) throw new Error("nobody is left to wait for");
    if ((word & 0xff) !== 0x7f) {
      if (who === pid) return { calls, killed, status: (word & 0x7f) === 0 ? word >> 8 : 128 };
      continue;
    }
    const signal = (word >> 8) & 0xff;
    const event = word >> 16;
    if (signal === SYSCALL_STOP && !killed) {
      const call = changing(who, folder);
      if (call !== undefined) {
        calls.push(call);
        killed = calls.length === kill;
        if (killed) Deno.kill(pid, "SIGKILL");
      }
    }
    const deliver = signal === SYSCALL_STOP || event !== 0 ? 0 : signal;
    libc.ptrace(killed ? PTRACE.cont : PTRACE.syscall, who, 0n, BigInt(deliver));
    if (!started) start();
    started = true;
  }
}

/** The call that a thread is about to make, where it changes the folder. */
function changing(thread: number, folder: string): string | undefined {
  const info = new BigUint64Array(11);
  if (Number(libc.read(PTRACE.syscallInfo, thread, BigInt(info.byteLength), info)) <= 0) {
    return undefined;
  }
  if (Number((info[0] ?? 0n) & 0xffn) !== ENTRY) return undefined;
  const number = Number(info[3]);
  const argument = (at: number): number => Number(info[4 + at]);
  const path = ON_PATH.get(number);
  const [name, target] = path === undefined
    ? [
      ON_FILE.get(number),
      ON_FILE.has(number) && openFile(thread, argument(OUT_ARGUMENT.get(number) ?? 0)),
    ]
    : [path[0], textAt(thread, argument(path[1]))];
  if (name === undefined || typeof target !== "string") return undefined;
  return target === folder || target.startsWith(`${folder}/`)
    ? `${name} ${target.slice(folder.length + 1)}`
    : undefined;
}

function openFile(thread: number, descriptor: number): string {
  try {
    return Deno.readLinkSync(`/proc/${thread}/fd/${descriptor}`);
  } catch {
    return "";
  }
}

/** A text in a thread's memory. */
function textAt(thread: number, address: number): string {
  using memory = Deno.openSync(`/proc/${thread}/mem`);
  memory.seekSync(address, Deno.SeekMode.Start);
  const bytes = new Uint8Array(4_096);
  const read = memory.readSync(bytes) ?? 0;
  const end = bytes.subarray(0, read).indexOf(0);
  return new TextDecoder().decode(bytes.subarray(0, Math.max(0, end)));
}

function check(result: bigint | number, what: string): void {
  if (Number(result) < 0) throw new Error(`cannot ${what} the program`);
}

if (import.meta.main) {
  const [folder = "", kill = "0", ...command] = Deno.args;
  // It waits for a line, so that nothing of it happens unseen.
  const child = new Deno.Command("sh", {
    args: ["-c", 'echo ready && read _ && exec "$@" >&2', "sh", ...command],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await lines(child.stdout).next();
  const traced = trace(folder, Number(kill), child.pid, () => {
    Deno.writeTextFileSync(`/proc/${child.pid}/fd/0`, "go\n");
  });
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(traced)}\n`));
  Deno.exit(0);
}

// Running programs, with real ones: how they end, what becomes of their output, and that nothing of
// them stays behind.
import assert from "node:assert/strict";
import { KrustError } from "../../../src/core/error.ts";
import { COLLECT_LIMIT, type Command, realHost } from "../../../src/core/host.ts";
import { type Bytes, bytesOf } from "../../../src/core/streams.ts";
import { isRunning } from "../../support/is_running.ts";

const host = realHost({ termGrace: 200, drainGrace: 200 });

function shell(script: string, more: Partial<Command> = {}): Command {
  return { program: "sh", args: ["-c", script], ...more };
}

for (const [script, status] of [["exit 0", 0], ["exit 37", 37], ["kill -TERM $$", 143]] as const) {
  Deno.test(`run() gives the status ${status} of \`${script}\``, async () => {
    assert.deepEqual(await host.run(shell(script)), { status, stdout: "", stderr: "" });
  });
}

Deno.test("run() lets a program be signalled while it runs, and no longer", async () => {
  const events: string[] = [];
  const result = await host.run(
    shell("trap 'exit 5' USR1; echo ready; while :; do sleep 0.01; done", {
      onStdoutLine: (line) => {
        events.push(line);
        send?.("SIGUSR1");
      },
      relay: (given) => {
        send = given;
        return { [Symbol.dispose]: () => void events.push("over") };
      },
    }),
  );
  assert.equal(result.status, 5);
  assert.deepEqual(events, ["ready", "over"]);
});

let send: ((signal: Deno.Signal) => void) | undefined;

Deno.test("run() passes arguments as they are and collects what is written", async () => {
  const args = ["-c", 'printf "%s|" "$@"; printf oops >&2', "sh", "a b", "$(x)", "", "--c\nd"];
  assert.deepEqual(await host.run({ program: "sh", args }), {
    status: 0,
    stdout: "a b|$(x)||--c\nd|",
    stderr: "oops",
  });
});

Deno.test("run() uses the folder, and adds variables to those it has", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    const command = shell('pwd -P; printf "%s" "$KRUST_RUN_TEST"; [ -n "$PATH" ]', {
      cwd,
      env: { KRUST_RUN_TEST: "set" },
    });
    const result = await host.run(command);
    assert.deepEqual(result, {
      status: 0,
      stdout: `${await Deno.realPath(cwd)}\nset`,
      stderr: "",
    });
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("run() gives lines to callbacks as they come, and nothing in the result", async () => {
  const out: string[] = [];
  const err: string[] = [];
  const result = await host.run(shell("printf 'a\\nb'; printf '1\\r\\n\\n2\\n' >&2", {
    onStdoutLine: (line) => out.push(line),
    stderr: (line) => err.push(line),
  }));
  assert.deepEqual([out, err], [["a", "b"], ["1", "", "2"]]);
  assert.deepEqual(result, { status: 0, stdout: "", stderr: "" });
});

Deno.test("run() takes output that is no UTF-8", async () => {
  const { stdout } = await host.run(shell("printf 'a\\377b'"));
  assert.equal(stdout, "a\ufffdb");
});

Deno.test("run() keeps the first of what is written, up to its limit", async () => {
  const script = `printf start; head -c ${COLLECT_LIMIT} /dev/zero; printf end`;
  const { stdout } = await host.run(shell(script));
  assert.equal(stdout.length, COLLECT_LIMIT);
  assert.ok(stdout.startsWith("start\0") && stdout.endsWith("\0"));
});

Deno.test("run() gives no input where none is given", async () => {
  assert.equal((await host.run(shell("cat; printf done"))).stdout, "done");
});

Deno.test("run() feeds a stream of any size", async () => {
  const size = 3 * 1024 * 1024;
  const { stdout } = await host.run(shell("wc -c", { stdin: bytesOf(new Uint8Array(size)) }));
  assert.equal(Number(stdout), size);
});

Deno.test("run() leaves it to a program how much of its input it reads", async () => {
  for (const [script, status] of [["exit 0", 0], ["exit 3", 3]] as const) {
    const endless = new EndlessInput();
    const result = await host.run(shell(script, { stdin: endless.bytes }));
    assert.equal(result.status, status);
    assert.equal(endless.cancelled, 1);
  }
});

Deno.test("run() does not wait for input that the program no longer waits for", async () => {
  let cancelled = 0;
  const stdin: Bytes = new ReadableStream({ cancel: () => void cancelled++ });
  assert.equal((await host.run(shell("printf bye", { stdin }))).stdout, "bye");
  assert.equal(cancelled, 1);
});

Deno.test("run() kills the program where its input fails, so that no part passes for all", async () => {
  for (const failure of [new KrustError("digest-mismatch", "bad"), new Error("cut")]) {
    const folder = await Deno.makeTempDir();
    try {
      const stdin: Bytes = ReadableStream.from((function* () {
        yield new TextEncoder().encode("half");
        throw failure;
      })());
      const command = shell("cat > got && touch taken", { stdin, cwd: folder });
      await assert.rejects(host.run(command), (error) => error === failure);
      const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
      assert.ok(!names.includes("taken"));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
});

Deno.test("run() ends the program where a callback throws, and throws that", async () => {
  const failure = new Error("not JSON");
  const command = shell("echo a; exec sleep 300", {
    onStdoutLine: () => {
      throw failure;
    },
  });
  await assert.rejects(host.run(command), (error) => error === failure);
});

Deno.test("run() says NotFound for a program that is not there, and cancels its input", async () => {
  const endless = new EndlessInput();
  const command: Command = { program: "krust-no-such-program", args: [], stdin: endless.bytes };
  await assert.rejects(host.run(command), Deno.errors.NotFound);
  assert.equal(endless.cancelled, 1);
});

Deno.test("run() says PermissionDenied for a file that is no program", async () => {
  const file = await Deno.makeTempFile();
  try {
    await assert.rejects(host.run({ program: file, args: [] }), Deno.errors.PermissionDenied);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("run() does not blame the program for a folder that is not there", async () => {
  await assert.rejects(host.run(shell("exit 0", { cwd: "/krust/no/such/folder" })), {
    code: "project-invalid",
    message: 'run "sh" in "/krust/no/such/folder": there is no such folder',
  });
});

Deno.test("run() starts nothing where it is cancelled already", async () => {
  const signal = AbortSignal.abort(new Error("too late"));
  await assert.rejects(host.run({ program: "krust-no-such-program", args: [] }, { signal }), {
    message: "too late",
  });
});

Deno.test("run() leaves no grandchild when it is cancelled", async () => {
  const pids = await cancelled("sleep 300 & echo $!; sleep 300 & echo $!; wait", {}, 2);
  await assertGone(pids);
});

Deno.test("run() kills a program that ignores SIGTERM, and those of its children that do", async () => {
  const script = "trap '' TERM; sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1; done' & " +
    "echo $$; while :; do sleep 1; done";
  const pids = await cancelled(script, {}, 2);
  await assertGone(pids);
});

Deno.test("run() kills a program that shares our input and ignores SIGTERM", async () => {
  const script = "trap '' TERM; echo $$; while :; do sleep 0.05; done";
  const pids = await cancelled(script, { stdin: "inherit" }, 1);
  await assertGone(pids);
});

Deno.test("run() does not wait for who holds a finished program's output open", async () => {
  const { stdout, status } = await host.run(shell("sleep 300 & echo $!"));
  const pid = Number(stdout);
  assert.equal(status, 0);
  assert.equal(isRunning(pid), true);
  Deno.kill(pid, "SIGKILL");
});

Deno.test("endPrograms() ends what runs at once, children and all", async () => {
  const pids: number[] = [];
  const running = host.run(shell("trap '' TERM; sleep 300 & echo $!; echo $$; wait", {
    onStdoutLine(line): void {
      pids.push(Number(line));
      if (pids.length === 2) host.endPrograms();
    },
  }));
  assert.equal((await running).status, 137);
  await assertGone(pids);
});

/** Runs a script, cancels it once it wrote `count` lines, each a process id, and gives those. */
async function cancelled(
  script: string,
  more: Partial<Command>,
  count: number,
): Promise<readonly number[]> {
  const controller = new AbortController();
  const reason = new Error("interrupted");
  const pids: number[] = [];
  const running = host.run(
    shell(script, {
      ...more,
      onStdoutLine(line): void {
        pids.push(Number(line));
        if (pids.length === count) controller.abort(reason);
      },
    }),
    { signal: controller.signal },
  );
  await assert.rejects(running, (error) => error === reason);
  assert.equal(pids.length, count);
  return pids;
}

/** Fails where a process lives on; one that is dying may take the kernel a moment. */
async function assertGone(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (pids.some(isRunning) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.deepEqual(pids.filter(isRunning), []);
}

/** Zeros without end; counts how often it was cancelled. */
class EndlessInput {
  cancelled = 0;
  readonly bytes: Bytes = new ReadableStream({
    pull: (controller): void => controller.enqueue(new Uint8Array(64 * 1024)),
    cancel: (): void => void this.cancelled++,
  });
}

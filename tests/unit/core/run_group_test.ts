// Ending a program with its children where Deno does not let its group be signalled: under a list of
// programs that may be run, that is forbidden.
import assert from "node:assert/strict";
import { type Processes, runCommand } from "../../../src/core/run.ts";
import { isRunning } from "../../support/is_running.ts";

/** Processes as they are under a list of programs; what was started is waited for in the end. */
function listed(programs: readonly string[]): Processes & AsyncDisposable {
  const started: Promise<unknown>[] = [];
  return {
    spawn(program, options): Deno.ChildProcess {
      if (!programs.includes(program)) throw new Deno.errors.NotCapable(`run ${program}`);
      const child = new Deno.Command(program, options).spawn();
      started.push(child.status);
      return child;
    },
    kill(): void {
      throw new Deno.errors.NotCapable("run");
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(started);
    },
  };
}

/** Runs a shell with a child, cancels it, and gives the child's number. */
async function cancelled(processes: Processes): Promise<string> {
  const stop = new AbortController();
  let pid = "";
  const command = {
    program: "sh",
    args: ["-c", "sleep 60 & echo $!; wait"],
    group: true,
    onStdoutLine: (line: string) => {
      pid = line;
      stop.abort(new Error("cancelled"));
    },
  };
  const times = { termGrace: 200, drainGrace: 200 };
  await assert.rejects(
    runCommand(processes, command, { signal: stop.signal, ...times }),
    /cancelled/,
  );
  return pid;
}

Deno.test("a group that may not be signalled is ended by the program kill", async () => {
  let pid: string;
  {
    await using processes = listed(["sh", "kill"]);
    pid = await cancelled(processes);
  }
  assert.equal(isRunning(pid), false);
});

Deno.test("a program that is not on the list is one that may not be run", async () => {
  await using processes = listed([]);
  await assert.rejects(
    runCommand(processes, { program: "sh", args: [] }),
    Deno.errors.PermissionDenied,
  );
});

Deno.test("where kill may not be run either, the program itself is ended", async () => {
  await using processes = listed(["sh"]);
  const pid = await cancelled(processes);
  // Its child is nobody's: that is what the program kill is on the list for.
  assert.equal(isRunning(pid), true);
  Deno.kill(Number(pid), "SIGKILL");
});

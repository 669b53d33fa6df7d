// The door to this process, as far as it can be tried without changing the process.
import assert from "node:assert/strict";
import { realHost } from "../../../src/core/host.ts";

const MODULE = new URL("../../../src/core/host.ts", import.meta.url).href;

/** Runs code that has a `host` in a process of its own, started by a shell line around `deno`. */
async function inProcess(code: string, shellLine = '"$DENO" eval "$CODE"'): Promise<{
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}> {
  const { status, stdout, stderr } = await realHost().run({
    program: "sh",
    args: ["-c", shellLine],
    env: {
      DENO: Deno.execPath(),
      CODE: `import { realHost } from ${JSON.stringify(MODULE)};
        const host = realHost();
        const tell = (make) => {
          try { console.log(JSON.stringify(make() ?? null)); }
          catch (error) { console.log(JSON.stringify([error.code, error.message])); }
        };
        ${code}`,
      NO_COLOR: "1",
    },
  });
  return { status, stdout: stdout.trim(), stderr: stderr.trim() };
}

Deno.test("realHost() tells what the process is given", () => {
  const host = realHost();
  assert.equal(host.cwd, Deno.cwd());
  assert.equal(host.env("KRUST_HOST_TEST_UNSET"), undefined);
  assert.ok(host.cpus >= 1);
  assert.match(host.architecture, /^(amd64|arm64)$/);
  assert.ok(Math.abs(host.now().getTime() - Date.now()) < 60_000);
});

Deno.test("realHost() refuses a variable that is not UTF-8 without repeating it", async () => {
  const line = `KRUST_CANARY=$(printf 'canary\\377') "$DENO" eval "$CODE"`;
  const { stdout } = await inProcess("tell(() => host.env('KRUST_CANARY'));", line);
  assert.deepEqual(JSON.parse(stdout), [
    "config-invalid",
    "the environment variable KRUST_CANARY is not UTF-8",
  ]);
});

Deno.test("realHost() works in a folder that was removed until the folder is asked for", async () => {
  const line = `cd "$(mktemp -d)" && rmdir "$PWD" && "$DENO" eval "$CODE"`;
  const code = "tell(() => host.os); tell(() => host.cwd);";
  const { stdout } = await inProcess(code, line);
  const [os = "", cwd = ""] = stdout.split("\n");
  assert.equal(JSON.parse(os), Deno.build.os);
  assert.deepEqual(JSON.parse(cwd), ["project-invalid", "the working directory cannot be used"]);
});

Deno.test("realHost() writes all of a long text, and counts 80 columns where there is no terminal", async () => {
  const code =
    "await host.stdout.write('ü'.repeat(1e6)); host.stderr.write(String([host.stderr.terminal, host.stderr.columns()]));";
  const { stdout, stderr } = await inProcess(code);
  assert.equal(stdout.length, 1e6);
  assert.equal(stderr, "false,80");
});

Deno.test("realHost() waits for a slow reader of a pipe that another program made non-blocking", async () => {
  const unblock = "fcntl(STDOUT, F_SETFL, O_WRONLY | O_NONBLOCK) or die; exec @ARGV";
  const line = `perl -MFcntl -e '${unblock}' "$DENO" eval "$CODE" | wc -c`;
  const { stdout, stderr } = await inProcess("await host.stdout.write('x'.repeat(2e7));", line);
  assert.deepEqual([Number(stdout), stderr], [2e7, ""]);
});

Deno.test("realHost() throws where output cannot be written", async () => {
  const line = `"$DENO" eval "$CODE" > /dev/full`;
  const code =
    "try { await host.stdout.write('x'); } catch (error) { host.stderr.write(error.message); }";
  assert.match((await inProcess(code, line)).stderr, /No space left/);
});

Deno.test("realHost() hears ending signals until it is told not to", async () => {
  const code = `
    const heard = Promise.withResolvers();
    const listening = host.onSignal((signal) => heard.resolve(signal));
    Deno.kill(Deno.pid, "SIGHUP");
    const signal = await heard.promise;
    listening[Symbol.dispose]();
    tell(() => signal);`;
  const { status, stdout } = await inProcess(code);
  assert.deepEqual([status, JSON.parse(stdout)], [0, "SIGHUP"]);
});

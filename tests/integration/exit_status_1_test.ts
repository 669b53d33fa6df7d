// Status 1 is for bugs of krust's own: whatever is thrown that is no KrustError.
import assert from "node:assert/strict";
import { main } from "../../src/cli/main.ts";
import { fakeHost } from "../support/fake_host.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

/** Runs krust where asking for cargo hits a bug. */
function runInto(bug: unknown, ...args: readonly string[]): ReturnType<
  typeof withTemporaryFolder<{
    status: number;
    stdout: string;
    stderr: string;
  }>
> {
  return withTemporaryFolder(async (cwd) => {
    const host = {
      ...fakeHost({ cwd }),
      run: () => Promise.reject(bug),
    };
    const status = await main(["build", "--no-push", ...args], host);
    return { status, stdout: host.stdoutText(), stderr: host.stderrText() };
  });
}

Deno.test("a bug ends with 1, asks to be reported, and shows no stack trace", async () => {
  const { status, stdout, stderr } = await runInto(new RangeError("off by one"));
  assert.equal(status, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /^error\[internal\]: .*off by one/m);
  assert.match(stderr, /^ {2}help: .*report/m);
  assert.doesNotMatch(stderr, /\.ts:\d+/);
});

Deno.test("a bug shows its stack trace with -v", async () => {
  const { status, stderr } = await runInto(new RangeError("off by one"), "-v");
  assert.equal(status, 1);
  assert.match(stderr, /exit_status_1_test\.ts:\d+/);
});

Deno.test("something thrown that is no error ends with 1, too", async () => {
  const { status, stderr } = await runInto("a text");
  assert.equal(status, 1);
  assert.match(stderr, /^error\[internal\]: /m);
});

// `krust run`: the program in krust's place, with its streams, signals and exit status.
import assert from "node:assert/strict";
import type { EndingSignal } from "../../src/core/host.ts";
import type { FakeProgram, ProgramCall } from "../support/fake_host.ts";
import { HELLO, onMachine, type RunOptions } from "./machine.ts";

/** docker, whose containers are functions. */
function docker(
  container: (call: ProgramCall) => number | Promise<number>,
  platform = "linux/amd64",
): FakeProgram {
  return async (call) => {
    const [command] = call.args;
    if (command === "version") {
      call.out(`${platform}\n`);
      return 0;
    }
    if (command === "load") {
      await call.stdin();
      return 0;
    }
    return await container(call);
  };
}

const IMAGE = /^krust\.local\/hello:[0-9a-f]{64}$/;

/** What the engine's `run` got, on a machine of these options. */
async function argumentsOf(
  args: readonly string[],
  options: RunOptions = {},
): Promise<readonly string[]> {
  let got: readonly string[] = [];
  await onMachine(HELLO, async ({ krust }) => {
    const container = (call: ProgramCall): number => {
      got = call.args;
      return 0;
    };
    const ran = await krust(["run", "--base", "scratch", ...args], {
      ...options,
      programs: { docker: docker(container) },
    });
    assert.equal(ran.status, 0, ran.stderr);
  });
  return got.map((arg) => arg.replace(IMAGE, "IMAGE"));
}

Deno.test("run passes the program's arguments on, and the engine its own", async () => {
  assert.deepEqual(
    await argumentsOf([
      "--run-arg",
      "--publish=80:80",
      "--run-arg",
      "-q",
      "--",
      "-v",
      "--x",
      "a b",
    ]),
    ["run", "--rm", "--interactive", "--publish=80:80", "-q", "IMAGE", "-v", "--x", "a b"],
  );
});

Deno.test("run gives the program a terminal where there is one", async () => {
  assert.deepEqual(
    await argumentsOf([], { terminal: true }),
    ["run", "--rm", "--interactive", "--tty", "IMAGE"],
  );
});

Deno.test("run ends with the program's status, and only the program writes to stdout", async () => {
  await onMachine(HELLO, async ({ krust }) => {
    const container = (call: ProgramCall): number => {
      call.out("hello\n");
      return 7;
    };
    const ran = await krust(["run", "--base", "scratch"], {
      programs: { docker: docker(container) },
      env: { KRUST_REPO: "registry.test/team" },
    });
    assert.equal(ran.status, 7, ran.stderr);
    assert.equal(ran.stdout, "hello\n");
    assert.deepEqual(ran.host.requests, [], "nothing is pushed");
  });
});

/** Runs krust and sends it a signal while the program runs; gives what the program got. */
async function signalled(
  name: EndingSignal,
  times: number,
  options: RunOptions = {},
): Promise<{ readonly got: readonly string[]; readonly status: number }> {
  const got: string[] = [];
  let status = -1;
  await onMachine(HELLO, async ({ krust }) => {
    const host: { signal?: (name: EndingSignal) => boolean } = {};
    const container = async (call: ProgramCall): Promise<number> => {
      call.onSignal((signal) => void got.push(signal));
      for (let at = 0; at < times; at++) host.signal?.(name);
      await Promise.resolve();
      return 143;
    };
    const ran = await krust(["run", "--base", "scratch"], {
      ...options,
      programs: { docker: docker(container) },
      onHost: (made) => void (host.signal = made.signal),
    });
    ({ status } = ran);
  });
  return { got, status };
}

Deno.test("run passes every signal on, and leaves it to the program how to end", async () => {
  assert.deepEqual(await signalled("SIGTERM", 3), {
    got: ["SIGTERM", "SIGTERM", "SIGTERM"],
    status: 143,
  });
  assert.deepEqual((await signalled("SIGINT", 1)).got, ["SIGINT"]);
});

Deno.test("run leaves to the terminal what the terminal sends to all", async () => {
  assert.deepEqual((await signalled("SIGINT", 1, { terminal: true })).got, []);
  assert.deepEqual((await signalled("SIGTERM", 1, { terminal: true })).got, ["SIGTERM"]);
});

Deno.test("run builds for what the engine runs, unless it is told another platform", async () => {
  await onMachine(HELLO, async ({ krust }) => {
    const programs = { docker: docker(() => 0, "linux/arm64") };
    const own = await krust(["run", "--base", "scratch"], { programs });
    assert.match(own.stderr, /^Building for platform: linux\/arm64$/m);
    const other = await krust(["run", "--base", "scratch", "--platform", "amd64"], { programs });
    assert.match(other.stderr, /^Building for platform: linux\/amd64$/m);
    assert.match(
      other.stderr,
      /^warning: the image is for linux\/amd64, and docker runs linux\/arm64$/m,
    );
  });
});

Deno.test("run looks for the engine before it compiles", async () => {
  await onMachine(HELLO, async ({ krust }) => {
    const { status, stdout, stderr, host } = await krust(["run"]);
    assert.equal(status, 7);
    assert.equal(stdout, "");
    assert.match(stderr, /^error\[engine-failed\]: no container engine found/m);
    assert.deepEqual(host.commands.map(({ program }) => program), ["docker", "podman", "nerdctl"]);
  });
});

Deno.test("run --dry-run tells what would be done, and does nothing", async () => {
  await onMachine(HELLO, async ({ krust }) => {
    const ran = await krust(["run", "--dry-run"], { programs: { docker: docker(() => 9) } });
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stderr, /^to the container engine$/m);
    assert.deepEqual(ran.host.commands.map(({ args }) => args[0]), ["version", "metadata"]);
  });
});

Deno.test("run takes no option about where the image goes", async () => {
  await onMachine(HELLO, async ({ krust }) => {
    const { status, stderr } = await krust(["run", "--repo", "registry.test/team"]);
    assert.equal(status, 2);
    assert.match(stderr, /--repo/);
  });
});

// `krust apply`, `create` and `delete`: what kubectl gets, and what of it is passed on. kubectl is a
// stand-in that records; tests/e2e/kubectl_test.ts has the real one.
import assert from "node:assert/strict";
import { join } from "node:path";
import type { FakeProgram } from "../support/fake_host.ts";
import { type Machine, onMachine, type RunOptions } from "./machine.ts";

const ENV = { KRUST_REPO: "registry.test/team", KRUST_BASE: "builtin" };

const FILES = {
  "Cargo.toml": '[package]\nname = "app"\nversion = "0.1.0"\n',
  "src/main.rs": "fn main() {}\n",
  "k8s.yaml": "image: krust://. # here\n",
};

/** What a kubectl was given. */
interface Received {
  readonly args: readonly string[];
  readonly stdin: string;
}

/** A kubectl that remembers what it got, says so, and exits with a status. */
function recordingKubectl(received: Received[], status = 0): FakeProgram {
  return async (call) => {
    received.push({ args: call.args, stdin: await call.stdin() });
    call.out("deployment.apps/app configured\n");
    call.err("Warning: of kubectl's own\n");
    return status;
  };
}

/** A machine with a project, a registry, and a kubectl on PATH. */
async function withKubectl(work: (machine: Machine) => Promise<void>): Promise<void> {
  await onMachine(FILES, async (machine) => {
    machine.registry("registry.test");
    await install(machine, "../bin/kubectl");
    await work(machine);
  });
}

async function install({ folder, write }: Machine, path: string): Promise<void> {
  await write({ [path]: "" });
  await Deno.chmod(join(folder, path), 0o755);
}

for (const command of ["apply", "create", "delete"]) {
  Deno.test(`${command} gives kubectl the resolved documents, and passes on what it says`, async () => {
    await withKubectl(async ({ krust }) => {
      const received: Received[] = [];
      const options: RunOptions = { env: ENV, programs: { kubectl: recordingKubectl(received) } };
      const args = [command, "-f", "k8s.yaml", "--", "--context=prod", "--dry-run=server"];
      const ran = await krust(args, options);
      assert.equal(ran.status, 0, ran.stderr);
      assert.equal(ran.stdout, "deployment.apps/app configured\n");
      assert.match(ran.stderr, /^Warning: of kubectl's own$/m);
      const [call, ...others] = received;
      assert.deepEqual(others, []);
      assert.deepEqual(call?.args, [command, "-f", "-", "--context=prod", "--dry-run=server"]);
      assert.match(
        call?.stdin ?? "",
        /^image: registry\.test\/team\/app@sha256:[0-9a-f]{64} # here\n$/,
      );
    });
  });
}

Deno.test("kubectl's exit status is krust's own", async () => {
  await withKubectl(async ({ krust }) => {
    const programs = { kubectl: recordingKubectl([], 42) };
    const ran = await krust(["apply", "-f", "k8s.yaml"], { env: ENV, programs });
    assert.equal(ran.status, 42);
    assert.doesNotMatch(ran.stderr, /^error\[/m);
  });
});

Deno.test("kubectl is not run where something could not be built", async () => {
  await withKubectl(async ({ krust, write }) => {
    await write({ "src/main.rs": 'compile_error!("no");\n' });
    const received: Received[] = [];
    const programs = { kubectl: recordingKubectl(received) };
    const ran = await krust(["apply", "-f", "k8s.yaml"], { env: ENV, programs });
    assert.equal(ran.status, 3);
    assert.deepEqual(received, []);
    assert.equal(ran.stdout, "");
  });
});

Deno.test("kubectl that is not there is told before anything is built", async () => {
  await onMachine(FILES, async ({ krust }) => {
    const ran = await krust(["apply", "-f", "k8s.yaml"], { env: ENV });
    assert.equal(ran.status, 7);
    assert.match(ran.stderr, /^error\[kubectl-not-found\]: no kubectl: "kubectl" is not there$/m);
    assert.match(ran.stderr, /name one with KRUST_KUBECTL/);
    assert.deepEqual(ran.host.commands, []);
  });
});

Deno.test("KRUST_KUBECTL names another kubectl, from the working directory", async () => {
  await withKubectl(async (machine) => {
    await install(machine, "tools/oc");
    const received: Received[] = [];
    const env = { ...ENV, KRUST_KUBECTL: "tools/oc" };
    const programs = { oc: recordingKubectl(received) };
    const ran = await machine.krust(["apply", "-f", "k8s.yaml"], { env, programs });
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(ran.host.commands.at(-1)?.program, join(machine.folder, "tools/oc"));
    const none = await machine.krust(["apply", "-f", "k8s.yaml"], {
      env: { ...ENV, KRUST_KUBECTL: "tools/nope" },
    });
    assert.equal(none.status, 7);
    assert.match(none.stderr, /KRUST_KUBECTL names it/);
  });
});

Deno.test("apply --no-push is refused: no cluster could pull what is nowhere", async () => {
  await withKubectl(async ({ krust }) => {
    const ran = await krust(["apply", "-f", "k8s.yaml", "--no-push"], { env: ENV });
    assert.equal(ran.status, 2);
    assert.match(ran.stderr, /--no-push contradicts apply/);
  });
});

Deno.test("apply --dry-run runs no kubectl", async () => {
  await withKubectl(async ({ krust }) => {
    const received: Received[] = [];
    const programs = { kubectl: recordingKubectl(received) };
    const ran = await krust(["apply", "-f", "k8s.yaml", "--dry-run"], { env: ENV, programs });
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stderr, /^Would build app of app/m);
    assert.deepEqual(received, []);
  });
});

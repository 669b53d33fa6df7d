// Mirrors of config.toml: base images are read from them first, pushes never go there, and a mirror is
// believed no more than anybody.
import assert from "node:assert/strict";
import type { MemoryRegistry } from "../../src/registry/memory.ts";
import { publish, syntheticImage } from "../support/images.ts";
import { HELLO, type Machine, onMachine, type Ran } from "./machine.ts";
import { pullValid } from "./pulled.ts";

const CONFIG = '[registries."bases.test"]\nmirrors = ["dead.test", "mirror.test"]\n';

/** Builds on `bases.test/static:v1` with a mirror that is dead and one that is not. */
async function build(machine: Machine, target = "registry.test/team"): Promise<Ran> {
  await machine.write({ "config.toml": CONFIG });
  return await machine.krust(["build", "-v", "--base", "bases.test/static:v1"], {
    env: { KRUST_CONFIG: `${machine.folder}/config.toml`, KRUST_REPO: target },
  });
}

function asked({ host }: Ran, name: string): readonly string[] {
  return host.requests.filter((request) => request.includes(`//${name}/`));
}

async function fill(registry: MemoryRegistry): Promise<void> {
  await publish(registry, "static", await syntheticImage(), "v1");
}

Deno.test("a base that a mirror has is read there alone", async () => {
  await onMachine(HELLO, async (machine) => {
    const memory = machine.registry("registry.test");
    await fill(machine.registry("mirror.test"));
    machine.registry("bases.test");
    const ran = await build(machine);
    assert.equal(ran.status, 0, ran.stderr);
    await pullValid(memory, ran.stdout.trim());
    assert.deepEqual(asked(ran, "bases.test"), []);
    assert.ok(asked(ran, "mirror.test").length > 0);
    // A mirror that is down is found out once.
    const tries = new Set(asked(ran, "dead.test"));
    assert.equal(tries.size, 1, [...tries].join("\n"));
  });
});

Deno.test("what no mirror has is read from the registry itself", async () => {
  await onMachine(HELLO, async (machine) => {
    const memory = machine.registry("registry.test");
    machine.registry("mirror.test");
    await fill(machine.registry("bases.test"));
    const ran = await build(machine);
    assert.equal(ran.status, 0, ran.stderr);
    await pullValid(memory, ran.stdout.trim());
    assert.match(ran.stderr, /^DEBUG Mirror mirror\.test of bases\.test /m);
  });
});

Deno.test("a mirror that serves something else under a digest is passed over", async () => {
  await onMachine(HELLO, async (machine) => {
    const memory = machine.registry("registry.test");
    await fill(machine.registry("bases.test"));
    machine.serve("mirror.test", () => Promise.resolve(Response.json({ schemaVersion: 2 })));
    const ran = await build(machine);
    assert.equal(ran.status, 0, ran.stderr);
    await pullValid(memory, ran.stdout.trim());
  });
});

Deno.test("nothing is pushed to a mirror, nor taken for pushed because a mirror has it", async () => {
  await onMachine(HELLO, async (machine) => {
    const memory = machine.registry("bases.test");
    await fill(machine.registry("mirror.test"));
    const ran = await build(machine, "bases.test/team");
    assert.equal(ran.status, 0, ran.stderr);
    await pullValid(memory, ran.stdout.trim());
    for (const request of asked(ran, "mirror.test")) assert.match(request, /^(?:GET|HEAD) /);
  });
});

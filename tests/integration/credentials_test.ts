// Registries that want credentials: they are found where docker keeps them, and no secret is ever shown.
import assert from "node:assert/strict";
import { publish, syntheticImage } from "../support/images.ts";
import { HELLO, type Machine, onMachine, type Ran } from "./machine.ts";
import { pullValid } from "./pulled.ts";

const SECRET = "canary-5f1d0c";
const WRONG = "canary-of-somebody-else";
const USERS = { me: SECRET };

/** docker's config.json with a password for `bases.test`, below the machine's home. */
async function login({ home }: Machine, password: string): Promise<void> {
  await Deno.mkdir(`${home}/.docker`);
  const auth = new TextEncoder().encode(`me:${password}`).toBase64();
  const config = { auths: { "bases.test": { auth } } };
  await Deno.writeTextFile(`${home}/.docker/config.json`, JSON.stringify(config));
}

async function buildOnPrivateBase(machine: Machine): Promise<Ran> {
  const bases = machine.registry("bases.test", { auth: { bearer: { users: USERS } } });
  await publish(bases, "private/base", await syntheticImage(), "v1");
  return await machine.krust(
    ["build", "-v", "--base", "bases.test/private/base:v1"],
    { env: { KRUST_REPO: "registry.test/team" } },
  );
}

function assertNoSecret({ stdout, stderr, host }: Ran): void {
  const seen = [stdout, stderr, ...host.requests, JSON.stringify(host.commands)].join("\n");
  for (const secret of [SECRET, WRONG]) {
    assert.ok(!seen.includes(secret), secret);
    assert.ok(!seen.includes(new TextEncoder().encode(`me:${secret}`).toBase64()), secret);
  }
}

Deno.test("a base on a registry with tokens is read with docker's credentials", async () => {
  await onMachine(HELLO, async (machine) => {
    const memory = machine.registry("registry.test");
    await login(machine, SECRET);
    const ran = await buildOnPrivateBase(machine);
    assert.equal(ran.status, 0, ran.stderr);
    await pullValid(memory, ran.stdout.trim());
    assertNoSecret(ran);
  });
});

Deno.test("a wrong password is exit 4 before cargo is done, and is not shown", async () => {
  await onMachine(HELLO, async (machine) => {
    machine.registry("registry.test");
    await login(machine, WRONG);
    const ran = await buildOnPrivateBase(machine);
    assert.equal(ran.status, 4, ran.stderr);
    assert.equal(ran.stdout, "");
    assert.match(ran.stderr, /^error\[auth-required\]: /m);
    assert.match(ran.stderr, /bases\.test/);
    assertNoSecret(ran);
    assert.deepEqual(ran.host.requests.filter((request) => request.includes("registry.test")), []);
  });
});

Deno.test("no password at all is exit 4 with the way to give one", async () => {
  await onMachine(HELLO, async (machine) => {
    machine.registry("registry.test");
    const { status, stderr } = await buildOnPrivateBase(machine);
    assert.equal(status, 4);
    assert.match(stderr, /^ {2}help: {2}docker login bases\.test$/m);
  });
});

Deno.test("a password in a reference is refused and not shown, wherever it stands", async () => {
  for (
    const env of [
      { KRUST_IMAGE: `me:${SECRET}@registry.test/x` },
      { KRUST_REPO: `me:${SECRET}@registry.test/x` },
      { KRUST_REPO: `https://me:${SECRET}@registry.test/x` },
      { KRUST_REPO: "registry.test", KRUST_BASE: `me:${SECRET}@bases.test/b` },
    ]
  ) {
    await onMachine(HELLO, async ({ krust }) => {
      const ran = await krust(["build", "-v"], { env });
      assert.equal(ran.status, 2, ran.stderr);
      assert.match(ran.stderr, /^error\[reference-invalid\]: KRUST_(IMAGE|REPO|BASE): /m);
      assertNoSecret(ran);
    });
  }
});

// Rows of the fault matrix about the machine krust runs on: its output, its files, its helpers.
import assert from "node:assert/strict";
import { join } from "node:path";
import { pullValid } from "../integration/pulled.ts";
import { HELLO, type Machine, onMachine, type Ran } from "../integration/machine.ts";
import { faultRegistry } from "../support/fault_registry.ts";
import type { FakeProgram } from "../support/fake_host.ts";
import { publish, syntheticImage } from "../support/images.ts";
import { rowTest } from "./stage.ts";

const REPO = { KRUST_REPO: "registry.test/team" };
const SECRET = "canary-91ba";
const IDENTITY = "identity-canary-4c1f";

await rowTest(79, "standard output cannot be written", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    registry("registry.test");
    const full = new Error("No space left on device (os error 28)");
    const { status, stderr } = await krust(["build", "--base", "scratch"], {
      env: REPO,
      stdoutError: full,
    });
    assert.equal(status, 7);
    assert.match(stderr, /^error\[output-failed\]: /m);
    assert.match(stderr, /registry\.test\/team\/hello@sha256:[0-9a-f]{64}/);
  });
});

/** A registry with a base, and what it is called. */
interface PrivateBase {
  /** What requests are sent to. */
  readonly host: string;
  readonly repository: string;
  readonly reference: string;
  /** The password of `me`. */
  readonly password: string;
}

const PRIVATE: PrivateBase = {
  host: "bases.test",
  repository: "base",
  reference: "bases.test/base:v1",
  password: SECRET,
};

/** Builds on a base of a registry where `me` has a password, and an identity token. */
async function onPrivateBase(
  machine: Machine,
  programs: Record<string, FakeProgram>,
  { host, repository, reference, password }: PrivateBase = PRIVATE,
): Promise<Ran> {
  const bearer = { users: { me: password }, refreshTokens: { [IDENTITY]: "me" } };
  const bases = machine.registry(host, { auth: { bearer } });
  await publish(bases, repository, await syntheticImage(), "v1");
  const ran = await machine.krust(
    ["build", "--no-push", "-v", "--base", reference],
    { programs },
  );
  for (const secret of [SECRET, IDENTITY]) {
    assert.ok(!`${ran.stdout}${ran.stderr}`.includes(secret), "no secret is shown");
  }
  assert.equal(ran.stdout, "");
  return ran;
}

async function dockerConfig({ home }: Machine, text: string): Promise<void> {
  await Deno.mkdir(join(home, ".docker"), { recursive: true });
  await Deno.writeTextFile(join(home, ".docker/config.json"), text);
}

const HELPERS: readonly (readonly [
  what: string,
  helper: FakeProgram | undefined,
  status: number,
  says: RegExp,
])[] = [
  ["is not there", undefined, 4, /no such program/],
  [
    "has nothing",
    ({ out }) => (out("credentials not found in native keychain\n"), 1),
    4,
    /docker login bases\.test/,
  ],
  ["ends with status 2", () => 2, 4, /ended with status 2/],
  ["writes 2 MB", ({ out }) => (out("x".repeat(2_000_000)), 0), 4, /wrote more than/],
  ["writes what is no JSON", ({ out }) => (out("hello"), 0), 4, /not what a helper's should be/],
  [
    "is noisy on stderr",
    ({ out, err }) => {
      err("WARNING: a new version is there\n".repeat(100));
      out(JSON.stringify({ Username: "me", Secret: SECRET }));
      return 0;
    },
    0,
    /Successfully built image/,
  ],
  [
    "has an identity token",
    ({ out }) => {
      out(JSON.stringify({ Username: "<token>", Secret: IDENTITY }));
      return 0;
    },
    0,
    /Successfully built image/,
  ],
];

for (const [what, helper, expected, says] of HELPERS) {
  await rowTest(89, `a credential helper ${what}`, async () => {
    await onMachine(HELLO, async (machine) => {
      await dockerConfig(machine, '{"credsStore":"fake"}');
      const programs = helper === undefined ? {} : { "docker-credential-fake": helper };
      const { status, stderr } = await onPrivateBase(machine, programs);
      assert.equal(status, expected, stderr);
      assert.match(stderr, says);
    });
  });
}

const CONFIGS: readonly (readonly [what: string, text: string, status: number, says: RegExp])[] = [
  ["is no JSON", "{", 2, /\.docker\/config\.json/],
  ["has no base64", '{"auths":{"bases.test":{"auth":"???"}}}', 2, /\.docker\/config\.json/],
  [
    "has the password for a host that ends alike",
    JSON.stringify({ auths: { "test": { auth: btoa(`me:${SECRET}`) } } }),
    4,
    /credentials required/,
  ],
  [
    "has the password for a host that begins alike",
    JSON.stringify({ auths: { "bases.test.evil.test": { auth: btoa(`me:${SECRET}`) } } }),
    4,
    /credentials required/,
  ],
];

for (const [what, text, expected, says] of CONFIGS) {
  await rowTest(90, `docker's config.json ${what}`, async () => {
    await onMachine(HELLO, async (machine) => {
      await dockerConfig(machine, text);
      const { status, stderr } = await onPrivateBase(machine, {});
      assert.equal(status, expected, stderr);
      assert.match(stderr, says);
    });
  });
}

await rowTest(89, "a credential helper has nothing, and nobody is asked who they are", async () => {
  await onMachine(HELLO, async (machine) => {
    await dockerConfig(machine, '{"credsStore":"fake"}');
    await publish(machine.registry("open.test"), "base", await syntheticImage(), "v1");
    const { status, stderr } = await machine.krust(
      ["build", "--no-push", "--base", "open.test/base:v1"],
      {
        programs: {
          "docker-credential-fake": (
            { out },
          ) => (out("credentials not found in native keychain"), 1),
        },
      },
    );
    assert.equal(status, 0, stderr);
  });
});

await rowTest(90, "docker's config.json has a password with colons", async () => {
  await onMachine(HELLO, async (machine) => {
    const password = `${SECRET}:with:colons`;
    const auths = { "bases.test": { auth: btoa(`me:${password}`) } };
    await dockerConfig(machine, JSON.stringify({ auths }));
    const { status, stderr } = await onPrivateBase(machine, {}, { ...PRIVATE, password });
    assert.equal(status, 0, stderr);
  });
});

for (const key of ["https://index.docker.io/v1/", "index.docker.io", "docker.io"]) {
  await rowTest(90, `docker's config.json has Docker Hub under ${key}`, async () => {
    await onMachine(HELLO, async (machine) => {
      const auths = { [key]: { auth: btoa(`me:${SECRET}`) } };
      await dockerConfig(machine, JSON.stringify({ auths }));
      const { status, stderr } = await onPrivateBase(machine, {}, {
        ...PRIVATE,
        host: "registry-1.docker.io",
        repository: "me/base",
        reference: "me/base:v1",
      });
      assert.equal(status, 0, stderr);
    });
  });
}

await rowTest(90, "docker's config.json is a folder", async () => {
  await onMachine(HELLO, async (machine) => {
    await Deno.mkdir(join(machine.home, ".docker/config.json"), { recursive: true });
    const { status, stderr } = await onPrivateBase(machine, {});
    assert.equal(status, 2, stderr);
    assert.match(stderr, /\.docker\/config\.json/);
  });
});

await rowTest(73, "two krust push the same image and tag at once, 20 times", async () => {
  // Each on a machine of its own: the stand-in for cargo has no lock on what it writes.
  await onMachine(HELLO, (one) => onMachine(HELLO, (other) => pushAtOnce([one, other])));
});

async function pushAtOnce(machines: readonly Machine[]): Promise<void> {
  const { memory, handler, violations } = faultRegistry();
  for (const machine of machines) machine.serve("registry.test", handler);
  for (let round = 0; round < 20; round++) {
    const args = ["build", "--base", "scratch", "--label", `round=${round}`];
    const both = await Promise.all(machines.map(({ krust }) => krust(args, { env: REPO })));
    for (const { status, stderr } of both) assert.equal(status, 0, stderr);
    assert.equal(both[0]?.stdout, both[1]?.stdout);
    await pullValid(memory, both[0]?.stdout.trim() ?? "");
    const { descriptor } = await memory.getManifest("team/hello", "latest");
    assert.ok(both[0]?.stdout.includes(descriptor.digest));
  }
  assert.deepEqual(violations, []);
}

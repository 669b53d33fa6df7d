// `login`, `logout` and `auth check`: credentials are tried, kept where docker looks, explained, and
// never shown.
import assert from "node:assert/strict";
import { join } from "node:path";
import type { FakeProgram } from "../support/fake_host.ts";
import { type Machine, onMachine, type Ran, type RunOptions } from "./machine.ts";

const SECRET = "canary-3b81f7:x";
const PUBLIC = "registry.test";
const USERS = { me: SECRET };
const AUTH = new TextEncoder().encode(`me:${SECRET}`).toBase64();

function assertNoSecret({ stdout, stderr, host }: Ran): void {
  const commands = host.commands.map(({ program, args, env }) => ({ program, args, env }));
  const seen = [stdout, stderr, ...host.requests, JSON.stringify(commands)].join("\n");
  for (const secret of [SECRET, AUTH]) assert.ok(!seen.includes(secret), seen);
}

async function login(machine: Machine, options: RunOptions = {}): Promise<Ran> {
  const ran = await machine.krust(["login", "-v", "-u", "me", "--password-stdin", PUBLIC], {
    stdin: `${SECRET}\n`,
    ...options,
  });
  assertNoSecret(ran);
  return ran;
}

async function writeConfig({ home }: Machine, config: unknown): Promise<void> {
  await Deno.mkdir(join(home, ".docker"), { recursive: true });
  await Deno.writeTextFile(join(home, ".docker/config.json"), JSON.stringify(config, null, 2));
}

async function readConfig({ home }: Machine): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(join(home, ".docker/config.json")));
}

for (const auth of [{ basic: { users: USERS } }, { bearer: { users: USERS } }].entries()) {
  const [index, kind] = auth;
  const scheme = index === 0 ? "a password" : "tokens";
  Deno.test(`login keeps what a registry with ${scheme} takes, for its owner alone`, async () => {
    await onMachine({}, async (machine) => {
      machine.registry(PUBLIC, {
        auth: "basic" in kind ? { basic: USERS } : { bearer: { users: USERS } },
      });
      const ran = await login(machine);
      assert.equal(ran.status, 0, ran.stderr);
      assert.equal(ran.stdout, "");
      assert.match(ran.stderr, /kept in ~\/\.docker\/config\.json/);
      assert.deepEqual(await readConfig(machine), { auths: { [PUBLIC]: { auth: AUTH } } });
      const { mode } = await Deno.stat(join(machine.home, ".docker/config.json"));
      assert.equal((mode ?? 0) & 0o777, 0o600);
      const check = await machine.krust(["auth", "check", `${PUBLIC}/team/app`, "--json"]);
      assert.equal(check.status, 0, check.stderr);
      assertNoSecret(check);
      const found = JSON.parse(check.stdout);
      assert.equal(found.credentials.source, "~/.docker/config.json (auths)");
      assert.deepEqual([found.pull.granted, found.push.granted], [true, true]);
    });
  });
}

Deno.test("login keeps nothing that the registry refuses, and is exit 4", async () => {
  await onMachine({}, async (machine) => {
    machine.registry(PUBLIC, { auth: { bearer: { users: { me: "another" } } } });
    const { status, stdout, stderr } = await login(machine);
    assert.equal(status, 4, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /^error\[auth-(required|denied)\]: /m);
    assert.match(stderr, /nothing was kept/);
    await assert.rejects(readConfig(machine), Deno.errors.NotFound);
  });
});

Deno.test("login to a registry that is not there is exit 6 and keeps nothing", async () => {
  await onMachine({}, async (machine) => {
    const { status, stderr } = await login(machine);
    assert.equal(status, 6, stderr);
    await assert.rejects(readConfig(machine), Deno.errors.NotFound);
  });
});

Deno.test("login says that a registry that asks for nothing cannot tell good from bad", async () => {
  await onMachine({}, async (machine) => {
    machine.registry(PUBLIC);
    const { status, stderr } = await login(machine);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^warning: registry\.test asked for no credentials/m);
  });
});

Deno.test("login and logout keep all that is others' in the file", async () => {
  await onMachine({}, async (machine) => {
    machine.registry(PUBLIC, { auth: { basic: USERS } });
    const others = {
      auths: { "other.test": { auth: "bWU6eA==" }, "registry.test/team": { auth: "eDp5" } },
      HttpHeaders: { "X-Meta": "1" },
      psFormat: "table",
      credHelpers: { "helped.test": "pass" },
      plugins: { x: { big: 1.5 } },
    };
    await writeConfig(machine, {
      ...others,
      auths: { ...others.auths, "https://registry.test/v2/": { auth: "b2xkOm9sZA==" } },
    });
    assert.equal((await login(machine)).status, 0);
    assert.deepEqual(await readConfig(machine), {
      ...others,
      auths: { ...others.auths, [PUBLIC]: { auth: AUTH } },
    });
    const out = await machine.krust(["logout", PUBLIC]);
    assert.equal(out.status, 0, out.stderr);
    assert.match(out.stderr, /removed from ~\/\.docker\/config\.json/);
    assert.deepEqual(await readConfig(machine), others);
    const again = await machine.krust(["logout", PUBLIC]);
    assert.equal(again.status, 0);
    assert.match(again.stderr, /There was no login/);
  });
});

/** A credential helper that keeps what it is given. */
function helper(kept: Map<string, string>): FakeProgram {
  return async ({ args, stdin, out }) => {
    const given = await stdin();
    switch (args[0]) {
      case "store": {
        const { ServerURL, Username, Secret } = JSON.parse(given);
        kept.set(ServerURL, JSON.stringify({ ServerURL, Username, Secret }));
        return 0;
      }
      case "erase":
        if (kept.delete(given)) return 0;
        out("credentials not found in native keychain\n");
        return 1;
      default:
        out(kept.get(given) ?? "credentials not found in native keychain\n");
        return kept.has(given) ? 0 : 1;
    }
  };
}

for (
  const config of [{ credsStore: "keep" }, {
    credHelpers: { [PUBLIC]: "keep" },
  }, { credsStore: "keep", auths: { [PUBLIC]: { auth: "b2xkOm9sZA==" } } }]
) {
  Deno.test(`login gives credentials to the helper of ${JSON.stringify(config)}`, async () => {
    await onMachine({}, async (machine) => {
      machine.registry(PUBLIC, { auth: { basic: USERS } });
      await writeConfig(machine, config);
      const kept = new Map<string, string>();
      const programs = { "docker-credential-keep": helper(kept) };
      const ran = await login(machine, { programs });
      assert.equal(ran.status, 0, ran.stderr);
      assert.match(ran.stderr, /kept in docker-credential-keep/);
      assert.doesNotMatch(ran.stderr, /warning/);
      assert.deepEqual([...kept.keys()], [PUBLIC]);
      assert.ok(!JSON.stringify(await readConfig(machine)).includes(AUTH));
      const check = await machine.krust(["auth", "check", "-v", `${PUBLIC}/a`], { programs });
      assert.equal(check.status, 0, check.stderr);
      assertNoSecret(check);
      assert.match(check.stdout, /docker-credential-keep \(~\/\.docker\/config\.json\)/);
      const out = await machine.krust(["logout", PUBLIC], { programs });
      assert.equal(out.status, 0, out.stderr);
      assert.deepEqual([...kept], []);
      const twice = await machine.krust(["logout", PUBLIC], { programs });
      assert.equal(twice.status, 0, twice.stderr);
    });
  });
}

Deno.test("a helper that cannot store is exit 4, and what it says is not repeated", async () => {
  await onMachine({}, async (machine) => {
    machine.registry(PUBLIC, { auth: { basic: USERS } });
    await writeConfig(machine, { credsStore: "bad" });
    const bad: FakeProgram = async ({ stdin, err }) => {
      err(await stdin());
      return 1;
    };
    const ran = await login(machine, { programs: { "docker-credential-bad": bad } });
    assert.equal(ran.status, 4);
    assert.match(ran.stderr, /error\[credential-helper-failed\]: cannot keep credentials/);
  });
});

Deno.test("login writes through a link, and leaves the link", async () => {
  await onMachine({}, async (machine) => {
    machine.registry(PUBLIC, { auth: { basic: USERS } });
    await machine.write({ "dotfiles/docker.json": "{}" });
    await Deno.mkdir(join(machine.home, ".docker"));
    const real = join(machine.folder, "dotfiles/docker.json");
    const link = join(machine.home, ".docker/config.json");
    await Deno.symlink(real, link);
    assert.equal((await login(machine)).status, 0);
    assert.ok((await Deno.lstat(link)).isSymlink);
    assert.ok((await Deno.readTextFile(real)).includes(AUTH));
  });
});

Deno.test("a file that is not JSON is left as it is", async () => {
  await onMachine({}, async (machine) => {
    machine.registry(PUBLIC, { auth: { basic: USERS } });
    await Deno.mkdir(join(machine.home, ".docker"));
    await Deno.writeTextFile(join(machine.home, ".docker/config.json"), "{ not json");
    const { status, stderr } = await login(machine);
    assert.equal(status, 2, stderr);
    const text = await Deno.readTextFile(join(machine.home, ".docker/config.json"));
    assert.equal(text, "{ not json");
  });
});

Deno.test("logins at the same time do not lose each other", async () => {
  await onMachine({}, async (machine) => {
    const hosts = Array.from({ length: 8 }, (_, index) => `registry${index}.test`);
    for (const host of hosts) machine.registry(host, { auth: { basic: USERS } });
    const runs = await Promise.all(
      hosts.map((host) =>
        machine.krust(["login", "-u", "me", "--password-stdin", host], { stdin: SECRET })
      ),
    );
    for (const { status, stderr } of runs) assert.equal(status, 0, stderr);
    const auths = hosts.map((host) => [host, { auth: AUTH }]);
    assert.deepEqual(await readConfig(machine), { auths: Object.fromEntries(auths) });
  });
});

const REFUSED: readonly (readonly [args: readonly string[], stdin: string, said: RegExp])[] = [
  [["-u", "me", "-p", SECRET, PUBLIC], "", /a password is not taken as an argument/],
  [["-u", "me", `--password=${SECRET}`, PUBLIC], "", /a password is not taken as an argument/],
  [["-u", "me", `-p${SECRET}`, PUBLIC], "", /a password is not taken as an argument/],
  [["-u", "me", "--password-stdin", PUBLIC], "", /the password is empty/],
  [["-u", "me", "--password-stdin", PUBLIC], "\n", /the password is empty/],
  [["-u", "me", "--password-stdin", PUBLIC], `${SECRET}\nmore`, /no line ends/],
  [["-u", "m:e", "--password-stdin", PUBLIC], SECRET, /a user name has no colon/],
  [["--password-stdin", PUBLIC], SECRET, /needs --username/],
  [["-u", "me", PUBLIC], SECRET, /no terminal to ask/],
  [["-u", "me", "--password-stdin", `me:${SECRET}@${PUBLIC}`], SECRET, /not a registry/],
  [["-u", "me", "--password-stdin", `${PUBLIC}/team`], SECRET, /not a registry/],
];

for (const [args, stdin, said] of REFUSED) {
  const shown = args.join(" ").replaceAll(SECRET, "SECRET");
  Deno.test(`login ${shown} with "${stdin.replace(SECRET, "…").trim()}" is exit 2`, async () => {
    await onMachine({}, async (machine) => {
      const ran = await machine.krust(["login", "-v", ...args], { stdin });
      assert.equal(ran.status, 2, ran.stderr);
      assert.match(ran.stderr, said);
      assert.deepEqual(ran.host.requests, []);
      assertNoSecret(ran);
    });
  });
}

Deno.test("login asks a person, and --password-stdin is not needed", async () => {
  await onMachine({}, async (machine) => {
    machine.registry(PUBLIC, { auth: { basic: USERS } });
    const ran = await machine.krust(["login", PUBLIC], {
      terminal: true,
      stdin: `me\n${SECRET}\n`,
    });
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stderr, /User name for registry\.test: .*Password: \n/s);
    assertNoSecret(ran);
    assert.deepEqual(await readConfig(machine), { auths: { [PUBLIC]: { auth: AUTH } } });
  });
});

Deno.test("login tells of credentials that come before those it keeps", async () => {
  await onMachine({}, async (machine) => {
    machine.registry(PUBLIC, { auth: { basic: USERS } });
    await machine.write({ "auth.json": `{"auths":{"${PUBLIC}":{"auth":"eDp5"}}}` });
    const env = { REGISTRY_AUTH_FILE: join(machine.folder, "auth.json") };
    const { status, stderr } = await login(machine, { env });
    assert.equal(status, 0);
    assert.match(
      stderr,
      /^warning: other credentials for registry\.test come before these: .*auth\.json/m,
    );
    const out = await machine.krust(["logout", PUBLIC], { env });
    assert.match(
      out.stderr,
      /^warning: there are still credentials for registry\.test: .*auth\.json/m,
    );
  });
});

Deno.test("no password goes over plain HTTP to another machine", async () => {
  await onMachine({}, async (machine) => {
    machine.registry(PUBLIC, { auth: { basic: USERS } });
    const config = join(machine.folder, "config.toml");
    await machine.write({ "config.toml": `[registries."${PUBLIC}"]\ninsecure = true\n` });
    const { status, stderr } = await login(machine, { env: { KRUST_CONFIG: config } });
    assert.equal(status, 4, stderr);
    assert.match(stderr, /not sent over plain HTTP/);
    await assert.rejects(readConfig(machine), Deno.errors.NotFound);
  });
});

Deno.test("auth check is exit 4 with the table where only pull is granted", async () => {
  await onMachine({}, async (machine) => {
    machine.registry(PUBLIC, { auth: { bearer: { users: USERS, anonymousPull: true } } });
    const ran = await machine.krust(["auth", "check", `${PUBLIC}/team/app:v1`]);
    assert.equal(ran.status, 4, ran.stderr);
    assert.match(ran.stdout, /^repository {3}registry\.test\/team\/app$/m);
    assert.match(ran.stdout, /^credentials {2}no credentials found$/m);
    assert.match(ran.stdout, /^pull {9}granted: nothing is there under v1$/m);
    assert.match(ran.stdout, /^push {9}not granted: /m);
    assert.match(ran.stderr, /^error\[auth-denied\]: no push for registry\.test\/team\/app$/m);
    assert.match(ran.stderr, /krust login -u USER --password-stdin registry\.test/);
  });
});

Deno.test("auth check leaves no upload behind", async () => {
  await onMachine({}, async (machine) => {
    machine.registry(PUBLIC);
    const { status, host } = await machine.krust(["auth", "check", `${PUBLIC}/app`]);
    assert.equal(status, 0);
    const sent = host.requests.map((request) => request.split(" ")[0]);
    assert.deepEqual(sent, ["HEAD", "POST", "DELETE"]);
  });
});

Deno.test("auth check of a registry that is not there is exit 6 and prints nothing", async () => {
  await onMachine({}, async (machine) => {
    const { status, stdout } = await machine.krust(["auth", "check", `${PUBLIC}/app`]);
    assert.deepEqual([status, stdout], [6, ""]);
  });
});

// The chain of credentials: who is asked before whom, for which repository, and how often.
import assert from "node:assert/strict";
import { join } from "node:path";
import { type KeychainDeps, openKeychain } from "../../../src/auth/keychain.ts";
import type { Credential } from "../../../src/registry/credential.ts";
import { fakeHost, type FakeProgram } from "../../support/fake_host.ts";

const NOT_FOUND = "credentials not found in native keychain";

/** A docker-style file with one entry for each key; the user's name tells which answered. */
function auths(entries: Readonly<Record<string, string>>, more: object = {}): string {
  const all = Object.entries(entries).map(([key, username]) => [key, { username, password: "p" }]);
  return JSON.stringify({ auths: Object.fromEntries(all), ...more });
}

/** What a keychain is asked in a test. */
interface Surroundings {
  /** Files by their path below the home. */
  readonly files?: Readonly<Record<string, string>>;
  /** Variables; `~` stands for the home. */
  readonly env?: Readonly<Record<string, string>>;
  readonly helpers?: Readonly<Record<string, FakeProgram>>;
  readonly logins?: KeychainDeps["logins"];
}

/** Resolves repositories, one after the other, with one keychain; also gives what it told and ran. */
async function resolveAll(
  { files = {}, env = {}, helpers = {}, logins = [] }: Surroundings,
  ...repositories: readonly string[]
): Promise<{
  readonly credentials: readonly Credential[];
  readonly trace: readonly string[];
  readonly runs: number;
}> {
  const home = await Deno.makeTempDir();
  try {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(join(home, path, ".."), { recursive: true });
      await Deno.writeTextFile(join(home, path), text);
    }
    const expanded = Object.entries({ HOME: "~", ...env })
      .map(([name, value]) => [name, value.replace(/^~/, home)]);
    const host = fakeHost({ cwd: home, env: Object.fromEntries(expanded), programs: helpers });
    const trace: string[] = [];
    const keychain = openKeychain({
      env: host.env,
      run: host.run,
      logins,
      trace: (line) => trace.push(line),
    });
    const credentials: Credential[] = [];
    for (const repository of repositories) {
      const slash = repository.indexOf("/");
      credentials.push(
        await keychain.resolve({
          registry: repository.slice(0, slash),
          name: repository.slice(slash + 1),
        }),
      );
    }
    return { credentials, trace, runs: host.commands.length };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** Who answers, and from where, for one repository. */
async function answer(surroundings: Surroundings, repository: string): Promise<string> {
  const { credentials: [credential] } = await resolveAll(surroundings, repository);
  assert.ok(credential !== undefined);
  const who = credential.kind === "basic" ? credential.username : credential.kind;
  return `${who} from ${credential.source.replace(/\/.*\/(?=[^/]+\/auth\.json)/, "…/")}`;
}

const helper = (username: string): FakeProgram => ({ out }) => {
  out(JSON.stringify({ Username: username, Secret: "s" }));
  return 0;
};

const empty: FakeProgram = ({ out }) => {
  out(NOT_FOUND);
  return 1;
};

const EVERYTHING: Surroundings = {
  logins: [{ host: "a.test", username: "login", password: "p", source: "/c.toml" }],
  env: {
    REGISTRY_AUTH_FILE: "~/named.json",
    DOCKER_AUTH_CONFIG: auths({ "a.test": "inline", "c.test": "inline" }),
    XDG_RUNTIME_DIR: "~/run",
  },
  files: {
    "named.json": auths({ "a.test": "named", "b.test": "named" }),
    ".docker/config.json": auths({ "a.test": "docker", "c.test": "docker", "d.test": "docker" }),
    "run/containers/auth.json": auths({
      "a.test": "podman",
      "d.test": "podman",
      "e.test": "podman",
    }),
  },
};

const CHAIN: readonly (readonly [repository: string, answer: string])[] = [
  ["a.test/x", "login from /c.toml"],
  ["b.test/x", "named from "],
  ["c.test/x", "inline from DOCKER_AUTH_CONFIG (auths)"],
  ["d.test/x", "docker from ~/.docker/config.json (auths)"],
  ["e.test/x", "podman from …/containers/auth.json (auths)"],
  ["f.test/x", "anonymous from no credentials found"],
];

for (const [repository, expected] of CHAIN) {
  Deno.test(`\`resolve()\` of ${repository}: ${expected}`, async () => {
    const found = await answer(EVERYTHING, repository);
    assert.ok(found.startsWith(expected), found);
  });
}

const HELPED: Surroundings = {
  helpers: {
    "docker-credential-for-a": helper("helper a"),
    "docker-credential-none": empty,
    "docker-credential-store": helper("store"),
  },
  files: {
    ".docker/config.json": auths(
      { "a.test": "auths", "b.test": "auths", "c.test": "auths", "d.test/team": "team" },
      {
        credHelpers: { "a.test": "for-a", "b.test": "none", "d.test": "for-a", "e.test": "none" },
        credsStore: "store",
      },
    ),
  },
  env: { XDG_RUNTIME_DIR: "~/run" },
};

const FILE: readonly (readonly [what: string, repository: string, answer: string])[] = [
  [
    "credHelpers before auths",
    "a.test/x",
    "helper a from docker-credential-for-a (~/.docker/config.json)",
  ],
  ["auths where the helper has nothing", "b.test/x", "auths from ~/.docker/config.json (auths)"],
  ["auths before credsStore", "c.test/x", "auths from ~/.docker/config.json (auths)"],
  [
    "the longer key before the host's helper",
    "d.test/team/x",
    "team from ~/.docker/config.json (auths)",
  ],
  [
    "the host's helper beside another path",
    "d.test/teams/x",
    "helper a from docker-credential-for-a (~/.docker/config.json)",
  ],
  ["no store for what has a helper", "e.test/x", "anonymous from no credentials found"],
  [
    "the store for all else",
    "f.test/x",
    "store from docker-credential-store (~/.docker/config.json)",
  ],
];

for (const [what, repository, expected] of FILE) {
  Deno.test(`\`resolve()\` asks within a file: ${what}`, async () => {
    assert.equal(await answer(HELPED, repository), expected);
  });
}

Deno.test("`resolve()` goes on to the next file where a store has nothing", async () => {
  const surroundings: Surroundings = {
    helpers: { "docker-credential-none": empty },
    env: { XDG_RUNTIME_DIR: "~/run" },
    files: {
      ".docker/config.json": '{"credsStore": "none"}',
      "run/containers/auth.json": auths({ "a.test/team": "podman" }),
    },
  };
  assert.equal(
    await answer(surroundings, "a.test/team/x"),
    "podman from …/containers/auth.json (auths)",
  );
});

Deno.test("`resolve()` knows Docker Hub under each of its names, and so do helpers", async () => {
  for (const key of ["https://index.docker.io/v1/", "index.docker.io", "registry-1.docker.io"]) {
    const files = { ".docker/config.json": auths({ [key]: "hub" }) };
    assert.match(await answer({ files }, "docker.io/library/alpine"), /^hub from/);
  }
  const asked: string[] = [];
  const helpers: Surroundings["helpers"] = {
    "docker-credential-x": async ({ stdin, out }) => {
      asked.push(await stdin());
      out(NOT_FOUND);
      return 1;
    },
  };
  const files = { ".docker/config.json": '{"credsStore": "x"}' };
  await resolveAll({ helpers, files }, "docker.io/library/alpine", "a.test:5000/x");
  assert.deepEqual(asked, ["https://index.docker.io/v1/", "a.test:5000"]);
});

Deno.test("`resolve()` fails where a helper does, rather than go on without", async () => {
  const files = {
    ".docker/config.json": auths({ "b.test": "b" }, { credsStore: "gone" }),
  };
  await assert.rejects(answer({ files }, "a.test/x"), {
    code: "credential-helper-failed",
    message: /docker-credential-gone: there is no such program$/,
  });
  assert.match(await answer({ files }, "b.test/x"), /^b from/);
});

const GITHUB = { GITHUB_ACTIONS: "true", GITHUB_TOKEN: "t", GITHUB_ACTOR: "octocat" };

const TOKENS: readonly (readonly [
  env: Readonly<Record<string, string>>,
  repository: string,
  answer: string,
])[] = [
  [GITHUB, "ghcr.io/me/x", "octocat from GITHUB_TOKEN"],
  [{ ...GITHUB, GITHUB_ACTOR: "" }, "ghcr.io/me/x", "x-access-token from GITHUB_TOKEN"],
  [{ ...GITHUB, GITHUB_ACTIONS: "" }, "ghcr.io/me/x", "anonymous from no credentials found"],
  [{ ...GITHUB, GITHUB_TOKEN: " " }, "ghcr.io/me/x", "anonymous from no credentials found"],
  [GITHUB, "evil-ghcr.io/me/x", "anonymous from no credentials found"],
  [GITHUB, "ghcr.io.evil.test/me/x", "anonymous from no credentials found"],
  [GITHUB, "ghcr.io:443/me/x", "anonymous from no credentials found"],
];

for (const [env, repository, expected] of TOKENS) {
  Deno.test(`\`resolve()\` of ${repository} with ${JSON.stringify(env)}: ${expected}`, async () => {
    assert.equal(await answer({ env }, repository), expected);
  });
}

Deno.test("`resolve()` sends no login to a host whose name only resembles its own", async () => {
  const logins = [{ host: "ghcr.io", username: "me", password: "p", source: "/c.toml" }];
  for (const host of ["evil-ghcr.io", "ghcr.io.evil.test", "ghcr.io:5000", "ghcr"]) {
    assert.match(await answer({ logins }, `${host}/x`), /^anonymous/);
  }
});

Deno.test("`resolve()` asks a helper once for a registry, and not before it must", async () => {
  const files = { ".docker/config.json": auths({ "b.test": "b" }, { credsStore: "x" }) };
  const helpers = { "docker-credential-x": helper("me") };
  const none = await resolveAll({ files, helpers }, "b.test/x");
  assert.equal(none.runs, 0);
  const one = await resolveAll({ files, helpers }, "a.test/x", "a.test/y", "a.test/x");
  assert.equal(one.runs, 1);
  const two = await resolveAll({ files, helpers }, "a.test/x", "c.test/x");
  assert.equal(two.runs, 2);
});

Deno.test("`resolve()` reads no file before it is asked, and a file once", async () => {
  const home = await Deno.makeTempDir();
  try {
    const path = join(home, "config.json");
    const { run } = fakeHost({ cwd: home });
    const keychain = openKeychain({
      env: (name) => name === "DOCKER_CONFIG" ? home : undefined,
      run,
    });
    await Deno.writeTextFile(path, auths({ "a.test": "first", "b.test": "first" }));
    const first = await keychain.resolve({ registry: "a.test", name: "x" });
    await Deno.writeTextFile(path, auths({ "b.test": "second" }));
    const second = await keychain.resolve({ registry: "b.test", name: "x" });
    assert.deepEqual([first, second].map((it) => it.kind === "basic" && it.username), [
      "first",
      "first",
    ]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("`resolve()` tells what it looks for and finds, and no secret", async () => {
  const { trace } = await resolveAll(HELPED, "a.test/x", "g.test/x");
  assert.deepEqual(trace, [
    "Resolving auth for a.test/x",
    "Asking credential helper docker-credential-for-a for a.test",
    "Using basic credentials for a.test/x: docker-credential-for-a (~/.docker/config.json)",
    "Resolving auth for g.test/x",
    "Asking credential helper docker-credential-store for g.test",
    "Using basic credentials for g.test/x: docker-credential-store (~/.docker/config.json)",
  ]);
});

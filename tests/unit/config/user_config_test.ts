// The user's config.toml: the mission's file to the letter, its tables, and what is wrong where.
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseUserConfig } from "../../../src/config/user_config.ts";
import { type UserConfig } from "../../../src/config/user_settings.ts";
import { KrustError } from "../../../src/core/error.ts";

const PATH = "/home/me/.config/krust/config.toml";

function parse(text: string): UserConfig {
  return parseUserConfig(text, PATH);
}

Deno.test("`parseUserConfig()` reads the file of the mission's README as it stands there", () => {
  const config = parse(`base_image = "gcr.io/distroless/static:nonroot"
default_registry = "ghcr.io"

[build]
cargo_args = ["--features", "production"]

[registries."ghcr.io"]
username = "myuser"
password = "mytoken"
`);
  const origin = { kind: "file", label: PATH };
  assert.equal(config.path, PATH);
  assert.equal(config.layer("base")?.raw, "gcr.io/distroless/static:nonroot");
  assert.deepEqual(config.layer("base")?.origin, origin);
  assert.deepEqual(config.defaultRegistry, { value: "ghcr.io", origin });
  assert.deepEqual(config.cargoArgs, { value: ["--features", "production"], origin });
  assert.deepEqual(config.registries, [{
    host: "ghcr.io",
    username: "myuser",
    password: "mytoken",
    insecure: false,
    ca: undefined,
    clientCert: undefined,
    clientKey: undefined,
    mirrors: [],
  }]);
});

Deno.test("`parseUserConfig()` reads an empty file as one that leaves all open", () => {
  const config = parse("# nothing\n");
  assert.equal(config.layer("base"), undefined);
  assert.equal(config.defaultRegistry.origin.kind, "default");
  assert.deepEqual([config.cargoArgs.value, config.registries, config.platforms], [[], [], []]);
});

Deno.test("`parseUserConfig()` reads registries by their canonical hosts, `ca` beside the file", () => {
  const { registries } = parse(`[registries."index.docker.io"]
mirrors = ["mirror.gcr.io", "localhost:5000"]
[registries."127.0.0.1:5000"]
insecure = true
ca = "ca.pem"
[registries."[::1]:5000"]
ca = "/etc/ca.pem"
`);
  assert.deepEqual(
    registries.map(({ host, insecure, ca, mirrors }) => [host, insecure, ca, mirrors]),
    [
      ["docker.io", false, undefined, ["mirror.gcr.io", "localhost:5000"]],
      ["127.0.0.1:5000", true, "/home/me/.config/krust/ca.pem", []],
      ["[::1]:5000", false, "/etc/ca.pem", []],
    ],
  );
});

Deno.test("`parseUserConfig()` reads platforms by their canonical names, rustflags in both forms", () => {
  const { platforms } = parse(`[platforms.aarch64]
linker = "aarch64-linux-musl-gcc"
rustflags = "-C  target-cpu=neoverse-n1"
base = "scratch"
[platforms."linux/arm/v7"]
rustflags = ["-C", "a b"]
`);
  assert.deepEqual(platforms, [
    {
      platform: "linux/arm64",
      linker: "aarch64-linux-musl-gcc",
      rustflags: ["-C", "target-cpu=neoverse-n1"],
      base: "scratch",
    },
    { platform: "linux/arm/v7", linker: undefined, rustflags: ["-C", "a b"], base: undefined },
  ]);
});

const SPELLINGS = ["base", "base-image", "base_image"];

for (const key of SPELLINGS) {
  Deno.test(`\`parseUserConfig()\` reads ${key}`, () => {
    assert.equal(parse(`${key} = "scratch"`).layer("base")?.raw, "scratch");
  });
}

const BROKEN: readonly (readonly [text: string, message: string])[] = [
  ["a = ", "1:5: invalid value"],
  ['base_imgae = "x"', '1:1: base_imgae: there is no such key; the nearest is "base_image"'],
  ["colour = 1", "1:1: colour: there is no such key"],
  [
    "\n[build]\n  cargo-arg = []",
    '3:3: build.cargo-arg: there is no such key; the nearest is "cargo-args"',
  ],
  ["[build]\nenv = {}", "2:1: build.env: there is no such key"],
  [
    '[registries."ghcr.io"]\npasswrod = "x"',
    '2:1: registries."ghcr.io".passwrod: there is no such key; the nearest is "password"',
  ],
  [
    'registries = { "ghcr.io" = { user = "x" } }',
    '1:30: registries."ghcr.io".user: there is no such key',
  ],
  [
    'base = "a"\nbase_image = "b"',
    '2:1: base_image: the table sets "base" already, in another spelling',
  ],
  ['platform = ["linux/vax"]', "1:1: platform: Unsupported platform: linux/vax"],
  ["tag = 5", "1:1: tag: expected a list of texts, found a number"],
  ['libc = "glibc"', '1:1: libc: expected musl, gnu, gnu-dynamic, auto, found "glibc"'],
  ['no-push = "yes"', "1:1: no-push: expected true or false, found text"],
  ["dry-run = true", "1:1: dry-run: it is for the command line alone"],
  ['package = "x"', "1:1: package: it is for the command line alone"],
  ["[label]\na = 1", '1:2: label: expected text for "a", found a number'],
  ["build = 1", "1:1: build: expected a table, found a number"],
  ["build.cargo_args = [1]", "1:7: build.cargo_args: expected texts in the list, found a number"],
  ["registries = 1", "1:1: registries: expected a table, found a number"],
  ['[registries]\n"a/b" = {}', '2:1: registries."a/b": expected a registry as host or host:port'],
  [
    '[registries."ghcr.io"]\nusername = "x"',
    '1:13: registries."ghcr.io": username and password stand together or not at all',
  ],
  ['[registries.a]\npassword = 5\nusername = "x"', "2:1: registries.a.password: expected text"],
  [
    '[registries."docker.io"]\n[registries."index.docker.io"]',
    '2:13: registries."index.docker.io": "docker.io" has a table already',
  ],
  ["[platforms.vax]", "1:12: platforms.vax: Unsupported platform: vax"],
  ["[platforms.host]", "1:12: platforms.host: a table is for one platform by its name"],
  ['default_registry = "https://ghcr.io"', "1:1: default_registry: expected a registry as host"],
];

for (const [text, message] of BROKEN) {
  Deno.test(`\`parseUserConfig()\` refuses ${JSON.stringify(text)} at its line`, () => {
    assert.throws(() => parse(text), (error: unknown) => {
      assert.ok(error instanceof KrustError);
      assert.equal(error.code, "config-invalid");
      assert.ok(error.message.startsWith(`${PATH}:${message}`), error.message);
      return true;
    });
  });
}

Deno.test("`parseUserConfig()` lists the platforms beside one that it does not know", () => {
  assert.throws(() => parse('platform = "vax"'), (error: unknown) => {
    assert.ok(error instanceof KrustError);
    assert.match(error.help.join("\n"), /linux\/amd64.*linux\/s390x/);
    return true;
  });
});

Deno.test("`parseUserConfig()` never repeats a password", () => {
  const tables = [
    'password = "hunter2"',
    'username = 5\npassword = "hunter2"',
    'username = "a"\npassword = ["hunter2"]',
    'username = "a"\npassword = "hunter2"\ninsecure = "hunter2"',
    'username = "a"\npassword = "hunter2',
  ];
  for (const table of tables) {
    assert.throws(() => parse(`[registries."ghcr.io"]\n${table}`), (error: unknown) => {
      assert.ok(error instanceof KrustError);
      assert.ok(!Deno.inspect(error).includes("hunter2"), Deno.inspect(error));
      return true;
    });
  }
});

Deno.test("`parseUserConfig()` throws nothing but KrustError on arbitrary documents", () => {
  const keys = fc.constantFrom(
    ...["base", "base_image", "registries", '"ghcr.io"', "password", "build", "cargo_args"],
    ...["platforms", '"linux/arm64"', "rustflags", "platform", "label", "tag", "x", "__proto__"],
  );
  const values = fc.constantFrom(
    "1",
    "true",
    '"x"',
    '["x"]',
    "[1]",
    "{}",
    '{ a = "b" }',
    "1979-05-27",
  );
  const line = fc.oneof(
    fc.tuple(fc.array(keys, { minLength: 1, maxLength: 3 }), values)
      .map(([path, value]) => `${path.join(".")} = ${value}`),
    fc.array(keys, { minLength: 1, maxLength: 3 }).map((path) => `[${path.join(".")}]`),
    fc.string(),
  );
  fc.assert(fc.property(fc.array(line, { maxLength: 6 }), (all) => {
    try {
      parse(all.join("\n"));
    } catch (error) {
      assert.ok(error instanceof KrustError, Deno.inspect(error));
      assert.equal(error.code, "config-invalid");
    }
  }));
});

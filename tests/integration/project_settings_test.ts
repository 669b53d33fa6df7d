// What a project's own Cargo.toml decides, what flags and the user's file decide over and under it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { listLayer } from "../support/layer_listing.ts";
import { HELLO, type Machine, onMachine } from "./machine.ts";
import { pullValid, soleImage } from "./pulled.ts";

const BUILTIN = ["build", "--base", "builtin"] as const;

/** A project with two binaries, an example, and settings. */
function project(settings: string): Readonly<Record<string, string>> {
  return {
    "Cargo.toml": `[package]\nname = "Many"\ndefault-run = "one"\n${settings}`,
    "src/bin/one.rs": "fn main() {}\n",
    "src/bin/two.rs": "fn main() { /* two */ }\n",
    "examples/demo.rs": "fn main() { /* demo */ }\n",
  };
}

/** The programs in the image that krust makes, the entrypoint first. */
async function programs(
  { registry, krust }: Machine,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const memory = registry("registry.test");
  const { status, stdout, stderr } = await krust([...BUILTIN, ...args], {
    env: { KRUST_REPO: "registry.test", ...env },
  });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^registry\.test\/many@/, "the package's name, lower-cased");
  const { config, layers } = soleImage(await pullValid(memory, stdout.trim()));
  const application = layers.at(-1);
  assert.ok(application !== undefined);
  const files = [...(await listLayer(application)).matchAll(/^\.(\/app\/\S+) type=file/gm)]
    .map(([, path = ""]) => path);
  const [entrypoint = ""] = config.config?.Entrypoint ?? [];
  return [entrypoint, ...files.filter((path) => path !== entrypoint)];
}

const CHOICES: readonly (readonly [
  settings: string,
  args: readonly string[],
  programs: readonly string[],
])[] = [
  ["", [], ["/app/one"]],
  ['[package.metadata.krust]\nbin = ["two", "one"]\n', [], ["/app/two", "/app/one"]],
  ['[package.metadata.krust]\nexample = "demo"\n', [], ["/app/demo"]],
  ['[package.metadata.krust]\nexample = "demo"\n', ["--bin", "two"], ["/app/two"]],
  ['[package.metadata.krust]\nbin = "two"\n', ["--", "--bin=one"], ["/app/one"]],
  ['[package.metadata.krust]\nbin = "two"\n', ["--example", "demo"], ["/app/demo"]],
  ['[workspace]\n[workspace.metadata.krust]\nbin = "two"\n', [], ["/app/two"]],
];

for (const [settings, args, expected] of CHOICES) {
  const said = `${JSON.stringify(settings)} and ${args.join(" ") || "no flag"}`;
  Deno.test(`what is packed with ${said} is ${expected.join(", ")}`, async () => {
    await onMachine(project(settings), async (machine) => {
      assert.deepEqual(await programs(machine, args), expected);
    });
  });
}

Deno.test("Cargo.toml's choice of binaries wins over the user's file", async () => {
  const files = {
    ...project('[package.metadata.krust]\nbin = "two"\n'),
    "config.toml": 'bin = "one"\n',
  };
  await onMachine(files, async (machine) => {
    const config = { KRUST_CONFIG: join(machine.folder, "config.toml") };
    assert.deepEqual(await programs(machine, [], config), ["/app/two"]);
  });
});

Deno.test("the user's cargo_args choose where nothing else does", async () => {
  const files = { ...project(""), "config.toml": '[build]\ncargo_args = ["--bin", "two"]\n' };
  await onMachine(files, async (machine) => {
    const config = { KRUST_CONFIG: join(machine.folder, "config.toml") };
    assert.deepEqual(await programs(machine, [], config), ["/app/two"]);
    assert.deepEqual(await programs(machine, ["--bin", "one"], config), ["/app/one"]);
  });
});

Deno.test("an image named with its tag does not move the tags of Cargo.toml", async () => {
  const files = {
    ...HELLO,
    "Cargo.toml": `${HELLO["Cargo.toml"]}[package.metadata.krust]\ntag = ["latest", "v1"]\n`,
  };
  await onMachine(files, async ({ registry, krust }) => {
    const memory = registry("registry.test");
    const { status } = await krust([...BUILTIN, "--image", "registry.test/app:trial"]);
    assert.equal(status, 0);
    assert.deepEqual(await memory.listTags("app"), ["trial"]);
    await krust([...BUILTIN, "--image", "registry.test/app"]);
    assert.deepEqual(await memory.listTags("app"), ["latest", "trial", "v1"]);
  });
});

Deno.test("config show names each value's origin, and no secret", async () => {
  const files = {
    ...HELLO,
    "Cargo.toml": `${HELLO["Cargo.toml"]}[package.metadata.krust]\nbase-image = "scratch"\n`,
    "config.toml": `default_registry = "ghcr.io"
[registries."ghcr.io"]
username = "me"
password = "canary"
`,
  };
  await onMachine(files, async ({ krust, folder }) => {
    const config = join(folder, "config.toml");
    await Deno.chmod(config, 0o600);
    const { status, stdout, stderr } = await krust(["config", "show", "--tag", "v1"], {
      env: { KRUST_CONFIG: config, KRUST_REPO: "team" },
    });
    assert.equal(status, 0, stderr);
    const row = (key: string, value: string, origin: string): RegExp =>
      new RegExp(`^${key} +${value} +${origin}$`, "m");
    assert.match(stdout, row("base", "scratch", "Cargo\\.toml \\[package\\.metadata\\.krust\\]"));
    assert.match(stdout, row("tag", "v1", "--tag"));
    assert.match(stdout, row("repo", "team", "KRUST_REPO"));
    assert.match(stdout, row("libc", "musl", "default"));
    assert.match(stdout, row("default_registry", "ghcr\\.io", ".*/config\\.toml"));
    assert.doesNotMatch(stdout + stderr, /canary/);
  });
});

Deno.test("config show outside a project warns and shows the rest", async () => {
  await onMachine({}, async ({ krust }) => {
    const { status, stdout, stderr } = await krust(["config", "show"]);
    assert.equal(status, 0);
    assert.match(stderr, /^warning: the project's own settings are left out: /);
    assert.match(stdout, /^base +gcr\.io\/distroless\/static:nonroot +default$/m);
  });
});

Deno.test("KRUST_CARGO is a program on PATH, or a path from the working directory", async () => {
  await onMachine({}, async ({ write, krust, folder }) => {
    for (const [name, text] of Object.entries(HELLO)) await write({ [`project/${name}`]: text });
    for (const [named, ran] of [["cargo", "cargo"], ["./my/cargo", join(folder, "my/cargo")]]) {
      const env = { KRUST_CARGO: named ?? "" };
      const { status, stderr, host } = await krust([...BUILTIN, "--no-push", "project"], { env });
      assert.equal(status, 0, stderr);
      const programs = host.commands.map(({ program }) => program)
        .filter((program) => program.endsWith("cargo"));
      assert.deepEqual(new Set(programs), new Set([ran]));
    }
  });
});

Deno.test("CARGO is the cargo that has called, but where rustup chooses it", async () => {
  await onMachine(HELLO, async ({ krust }) => {
    const cargo = "/opt/rust/bin/cargo";
    const rows = [
      [{ CARGO: cargo }, cargo],
      [{ CARGO: cargo, RUSTUP_TOOLCHAIN: "nightly" }, "cargo"],
      [{ CARGO: cargo, KRUST_CARGO: "/my/cargo" }, "/my/cargo"],
    ] as const;
    for (const [env, ran] of rows) {
      const { status, stderr, host } = await krust([...BUILTIN, "--no-push"], { env });
      assert.equal(status, 0, stderr);
      const programs = host.commands.map(({ program }) => program)
        .filter((program) => program.endsWith("cargo"));
      assert.deepEqual(new Set(programs), new Set([ran]));
    }
  });
});

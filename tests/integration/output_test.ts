// What stderr looks like: words for people, nothing but warnings and errors, or JSON to the last line.
import assert from "node:assert/strict";
import { join } from "node:path";
import { HELLO, onMachine } from "./machine.ts";

const BUILTIN = ["build", "--base", "builtin"] as const;
const REPO = { KRUST_REPO: "registry.test/team" };

Deno.test("build says the words that scripts look for, in order", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    registry("registry.test");
    const { stderr } = await krust(BUILTIN, { env: REPO });
    const words = [
      /^Building Rust project/m,
      /^Building for platform: linux\/amd64$/m,
      /^Running cargo build for target x86_64-unknown-linux-musl$/m,
      /^Successfully built binary: target\/x86_64-unknown-linux-musl\/release\/hello$/m,
      /^Successfully built image for 1 platform\(s\)$/m,
      /^Pushing image to: registry\.test\/team\/hello:latest$/m,
      /^Successfully pushed image: registry\.test\/team\/hello@sha256:[0-9a-f]{64}$/m,
    ];
    const places = words.map((word) => stderr.search(word));
    assert.ok(!places.includes(-1), stderr);
    assert.deepEqual(places, places.toSorted((left, right) => left - right), stderr);
  });
});

for (const args of [["-v", ...BUILTIN], [...BUILTIN, "-v"], [...BUILTIN, "--verbose"]]) {
  Deno.test(`${args.join(" ")} has lines that start with DEBUG`, async () => {
    await onMachine(HELLO, async ({ krust }) => {
      const { status, stderr } = await krust([...args, "--no-push"]);
      assert.equal(status, 0, stderr);
      assert.match(stderr, /^DEBUG/m);
    });
  });
}

Deno.test("without -v no line starts with DEBUG", async () => {
  await onMachine(HELLO, async ({ krust }) => {
    const { stderr } = await krust([...BUILTIN, "--no-push"]);
    assert.doesNotMatch(stderr, /DEBUG/);
  });
});

Deno.test("-q says nothing where all is well", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    registry("registry.test");
    const { status, stdout, stderr } = await krust([...BUILTIN, "-q"], { env: REPO });
    assert.equal(status, 0);
    assert.equal(stderr, "");
    assert.match(stdout, /^registry\.test\/team\/hello@sha256:/);
  });
});

Deno.test("-q shows warnings, and the compiler's own error before krust's", async () => {
  const files = { ...HELLO, "src/main.rs": 'compile_error!("not today");\n' };
  await onMachine(files, async ({ krust, home }) => {
    await Deno.mkdir(join(home, ".config/krust"), { recursive: true });
    await Deno.writeTextFile(
      join(home, ".config/krust/config.toml"),
      '[registries."b.test"]\nusername = "u"\npassword = "p"\n',
      { mode: 0o644 },
    );
    const { status, stdout, stderr } = await krust([...BUILTIN, "-q", "--no-push"]);
    assert.equal(status, 3);
    assert.equal(stdout, "");
    const [warning = "", ...rest] = stderr.split("\n");
    assert.match(warning, /^warning: .* holds a password and is open to others/);
    const text = rest.join("\n");
    assert.ok(text.indexOf("not today") < text.indexOf("error[cargo-failed]: "), stderr);
    assert.doesNotMatch(text, /Building|Running|Compiling/);
  });
});

/** Every line of `stderr` as JSON; fails where one is not. */
function events(stderr: string): readonly Record<string, unknown>[] {
  assert.ok(stderr.endsWith("\n"));
  return stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("--progress json is JSON to the last line where all is well", async () => {
  await onMachine(HELLO, async ({ registry, krust }) => {
    registry("registry.test");
    const args = [...BUILTIN, "-v", "--progress", "json"];
    const { status, stdout, stderr } = await krust(args, { env: REPO, terminal: true });
    assert.equal(status, 0, stderr);
    const kinds = new Set(events(stderr).map(({ event }) => event));
    assert.deepEqual(kinds, new Set(["message", "output", "start", "progress", "finish"]));
    assert.match(stdout, /^registry\.test/);
  });
});

const JSON_ASKED: readonly (readonly [
  what: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
])[] = [
  ["a flag", ["--progress", "json"], {}],
  ["a flag with =", ["--progress=json"], {}],
  ["the environment", [], { KRUST_PROGRESS: "json" }],
  ["config.toml", [], { KRUST_CONFIG: "config.toml" }],
];

for (const [what, args, env] of JSON_ASKED) {
  Deno.test(`the error is JSON, too, where ${what} asks for it`, async () => {
    await onMachine({ ...HELLO, "config.toml": 'progress = "json"\n' }, async (machine) => {
      const config = env["KRUST_CONFIG"];
      const { status, stdout, stderr } = await machine.krust([...BUILTIN, ...args], {
        env: config === undefined ? env : { KRUST_CONFIG: join(machine.folder, config) },
      });
      assert.equal(status, 2);
      assert.equal(stdout, "");
      const last = events(stderr).at(-1);
      assert.equal(last?.["event"], "error");
      assert.equal(last?.["code"], "usage");
      assert.equal(last?.["status"], 2);
    });
  });
}

Deno.test("an error in the arguments themselves is told as they ask", async () => {
  await onMachine(HELLO, async ({ krust }) => {
    const { status, stderr } = await krust(["build", "--progress", "json", "--nonsense"]);
    assert.equal(status, 2);
    assert.match(String(events(stderr)[0]?.["message"]), /--nonsense/);
  });
});

Deno.test("config show passes on no control characters of a project's Cargo.toml", async () => {
  const manifest = `${
    HELLO["Cargo.toml"]
  }[package.metadata.krust.label]\nnote = "a\\u001b]0;b\\u0007c"\n`;
  await onMachine({ ...HELLO, "Cargo.toml": manifest }, async ({ krust }) => {
    const { status, stdout, stderr } = await krust(["config", "show"]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^label +note=a/m);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f]/);
  });
});

// The fakes behave as what they stand for: a test that passes against them means something.
import assert from "node:assert/strict";
import { join } from "node:path";
import { bodyOf } from "../../../src/core/streams.ts";
import { fakeHost, type FakeProgram, type Handler } from "../../support/fake_host.ts";
import { fakeToolchain } from "../../support/fake_toolchain.ts";
import { requiring } from "../../support/require.ts";
import { tinyElf } from "../../support/tiny_elf.ts";

function wire(
  method: string,
  url: string,
  text?: string,
): Parameters<ReturnType<typeof fakeHost>["transport"]>[0] {
  return {
    method,
    url: new URL(url),
    headers: new Headers({ accept: "x" }),
    ...(text === undefined ? {} : { body: bodyOf(new TextEncoder().encode(text)) }),
  };
}

const echo: Handler = async (request) =>
  new Response(
    `${request.method} ${new URL(request.url).pathname} ${request.headers.get("content-length")} ` +
      await request.text(),
    { status: 201 },
  );

Deno.test("`transport` asks the server of the host, with a length", async () => {
  const host = fakeHost({ cwd: "/w", registries: { "r.test:5000": echo } });
  const response = await host.transport(wire("PUT", "http://r.test:5000/v2/x", "five!"));
  assert.equal(response.status, 201);
  assert.equal(await response.text(), "PUT /v2/x 5 five!");
  assert.deepEqual(host.requests, ["PUT http://r.test:5000/v2/x"]);
});

Deno.test("`transport` fails like fetch where there is no server", async () => {
  const host = fakeHost({ cwd: "/w", registries: new Map([["a.test", echo]]) });
  await assert.rejects(() => host.transport(wire("GET", "https://b.test/v2/")), (error) => {
    assert.ok(error instanceof TypeError && error.cause instanceof Error);
    assert.match(error.cause.message, /Connection refused/);
    return true;
  });
});

Deno.test("`transport` fails where a body is not of its size", async () => {
  const host = fakeHost({ cwd: "/w", registries: { "a.test": echo } });
  for (const size of [2, 9]) {
    const request = wire("PUT", "https://a.test/", "five!");
    const body = { size, open: (): ReturnType<typeof whole.open> => whole.open() };
    const whole = bodyOf(new TextEncoder().encode("five!"));
    await assert.rejects(() => host.transport({ ...request, body }), /not of \d bytes/);
  }
});

Deno.test("`transport` gives up when cancelled", async () => {
  const host = fakeHost({ cwd: "/w", registries: { "a.test": echo } });
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(() => host.transport(wire("GET", "https://a.test/"), { signal }), /enough/);
});

const talker: FakeProgram = async (call) => {
  call.out("one\ntw");
  call.out(`o\n${call.args.join()} ${call.cwd} ${call.env("A")} ${call.env("HOME")}`);
  call.err("warning\n");
  call.err(await call.stdin());
  return 3;
};

Deno.test("`run()` collects what a program writes", async () => {
  const host = fakeHost({ cwd: "/w", env: { A: "outer" }, programs: { talker } });
  const stdin = new Blob(["input"]).stream();
  const result = await host.run({
    program: "/bin/talker",
    args: ["x", "y"],
    stdin,
    env: { A: "inner" },
  });
  assert.deepEqual(result, {
    status: 3,
    stdout: "one\ntwo\nx,y /w inner /w/.home",
    stderr: "warning\ninput",
  });
  assert.equal(host.commands[0]?.program, "/bin/talker");
});

Deno.test("`run()` hands out lines as they come, or passes them on", async () => {
  const host = fakeHost({ cwd: "/w", programs: { talker } });
  const lines: string[] = [];
  const onStdoutLine = (line: string): void => void lines.push(line);
  const first = await host.run({ program: "talker", args: [], onStdoutLine, stderr: "inherit" });
  assert.deepEqual(lines, ["one", "two", " /w undefined /w/.home"]);
  assert.deepEqual(first, { status: 3, stdout: "", stderr: "" });
  assert.equal(host.stderrText(), "warning\n");
  await host.run({ program: "talker", args: [], stdout: "inherit" });
  assert.match(host.stdoutText(), /^one\ntwo\n/);
});

Deno.test("`run()` rejects for a program that is not there, and when cancelled", async () => {
  const stop = new AbortController();
  const host = fakeHost({
    cwd: "/w",
    programs: {
      waits: (call) =>
        new Promise((done) => call.signal.addEventListener("abort", () => done(143))),
    },
  });
  await assert.rejects(() => host.run({ program: "gone", args: [] }), Deno.errors.NotFound);
  const running = host.run({ program: "waits", args: [] }, { signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(running, /enough/);
});

Deno.test("`onSignal()` hears signals until it is disposed", () => {
  const host = fakeHost({ cwd: "/w" });
  const heard: string[] = [];
  const listening = host.onSignal((name) => void heard.push(name));
  assert.equal(host.signal("SIGINT"), true);
  listening[Symbol.dispose]();
  assert.equal(host.signal("SIGTERM"), false);
  assert.deepEqual(heard, ["SIGINT"]);
});

Deno.test("a fake host shows nothing of the real environment, and can have a broken stdout", async () => {
  const host = fakeHost({ cwd: "/w", stdoutError: new Deno.errors.BrokenPipe("gone") });
  assert.equal(host.env("PATH"), undefined);
  assert.equal(host.env("toString"), undefined);
  await assert.rejects(host.stdout.write("x"), Deno.errors.BrokenPipe);
});

const { os, arch } = Deno.build;

await requiring(
  os === "linux" && arch === "x86_64" ? undefined : `${os} on ${arch} cannot run it`,
  "`tinyElf()` makes a program that runs",
  async () => {
    const path = await Deno.makeTempFile();
    try {
      await Deno.writeFile(path, tinyElf({ prints: "hello\n" }));
      await Deno.chmod(path, 0o755);
      const { code, stdout } = await new Deno.Command(path, { stdin: "null" }).output();
      assert.deepEqual([code, new TextDecoder().decode(stdout)], [0, "hello\n"]);
    } finally {
      await Deno.remove(path);
    }
  },
);

/** Runs the fake cargo in a folder that holds some files. */
async function cargo(
  files: Readonly<Record<string, string>>,
  args: readonly string[],
  look: (
    result: { status: number; stdout: string; stderr: string; cwd: string },
  ) => void | Promise<void>,
): Promise<void> {
  const cwd = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(join(cwd, name, ".."), { recursive: true });
      await Deno.writeTextFile(join(cwd, name), text);
    }
    const host = fakeHost({ cwd, programs: fakeToolchain({ sysroot: join(cwd, ".sysroot") }) });
    await look({ ...await host.run({ program: "cargo", args }), cwd });
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

const HELLO = {
  "Cargo.toml":
    '[package]\nname = "hello"\nversion = "1.2.3"\n[package.metadata.krust]\nbase = "scratch"\n',
  "src/main.rs": "fn main() {}\n",
  "src/bin/two.rs": "fn main() { two() }\n",
};

Deno.test("the fake `cargo metadata` tells of packages, binaries and metadata", async () => {
  await cargo(HELLO, ["metadata", "--no-deps"], ({ status, stdout, cwd }) => {
    const { packages: [hello], ...rest } = JSON.parse(stdout);
    assert.equal(status, 0);
    assert.deepEqual([hello.name, hello.version, hello.metadata], ["hello", "1.2.3", {
      krust: { base: "scratch" },
    }]);
    assert.deepEqual(hello.targets.map(({ name }: { name: string }) => name), ["hello", "two"]);
    assert.deepEqual([rest.workspace_root, rest.target_directory], [cwd, join(cwd, "target")]);
  });
});

Deno.test("the fake `cargo metadata` tells of a workspace", async () => {
  const member = (name: string): string => `[package]\nname = "${name}"\nversion = "0.1.0"\n`;
  const files = {
    "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n[workspace.metadata.krust]\nbase = "x"\n',
    "crates/a/Cargo.toml": member("a"),
    "crates/a/src/main.rs": "fn main() {}\n",
    "crates/b/Cargo.toml": member("b"),
    "crates/b/src/lib.rs": "",
  };
  await cargo(files, ["metadata"], ({ stdout }) => {
    const told = JSON.parse(stdout);
    assert.deepEqual(told.packages.map(({ name }: { name: string }) => name), ["a", "b"]);
    assert.deepEqual(told.workspace_members.length, 2);
    assert.deepEqual(told.metadata, { krust: { base: "x" } });
  });
});

const REFUSED:
  readonly (readonly [what: string, files: Readonly<Record<string, string>>, reason: RegExp])[] = [
    ["no Cargo.toml", {}, /^error: could not find `Cargo.toml` in `.*` or any parent directory\n$/],
    [
      "broken TOML",
      { "Cargo.toml": "[package]\nname = \n" },
      /^error: .+\n --> Cargo.toml:2:\d+\n/,
    ],
    [
      "no target",
      { "Cargo.toml": '[package]\nname = "x"\n' },
      /no targets specified in the manifest/,
    ],
  ];

for (const [what, files, reason] of REFUSED) {
  Deno.test(`the fake \`cargo metadata\` refuses ${what}`, async () => {
    await cargo(files, ["metadata"], ({ status, stdout, stderr }) => {
      assert.deepEqual([status, stdout], [101, ""]);
      assert.match(stderr, reason);
    });
  });
}

Deno.test("the fake `cargo build` makes an executable per target and says where", async () => {
  const targets = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"];
  const args = [
    "build",
    "--release",
    "--bin",
    "two",
    ...targets.flatMap((name) => ["--target", name]),
  ];
  await cargo(HELLO, args, async ({ status, stdout, cwd }) => {
    assert.equal(status, 0);
    const messages = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    const executables = messages.flatMap(({ executable }) => executable ?? []);
    assert.deepEqual(executables, targets.map((name) => join(cwd, "target", name, "release/two")));
    assert.deepEqual(messages.at(-1), { reason: "build-finished", success: true });
    const machines = await Promise.all(executables.map(async (path: string) => {
      return (await Deno.readFile(path))[18];
    }));
    assert.deepEqual(machines, [62, 183]);
  });
});

Deno.test("the fake `cargo build` fails for a source that does not compile", async () => {
  const files = { ...HELLO, "src/main.rs": 'compile_error!("not yet");\n' };
  await cargo(files, ["build", "--bin=hello"], ({ status, stdout, stderr }) => {
    assert.equal(status, 101);
    assert.match(stderr, /^error: not yet$/m);
    assert.match(stdout, /"success":false/);
  });
});

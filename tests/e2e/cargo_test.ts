// Compiling with the real cargo: projects of every shape, flags that survive, builds that are ended.
import assert from "node:assert/strict";
import { basename, join, relative } from "node:path";
import type { Executable } from "../../src/cargo/cargo.ts";
import { targetTriple, targetVariable } from "../../src/cargo/target.ts";
import { KrustError } from "../../src/core/error.ts";
import { parsePlatform } from "../../src/oci/platform.ts";
import { firstLacking, requiring } from "../support/require.ts";
import {
  type BuildOptions,
  FOREIGN,
  lackingStd,
  NATIVE,
  output,
  type RealProject,
  withProject,
} from "./cargo_toolchain.ts";

const MUSL = targetTriple(parsePlatform(NATIVE), "musl");
const GNU = targetTriple(parsePlatform(NATIVE), "gnu");
const EXAMPLES = join(import.meta.dirname ?? ".", "../../example");

const musl = await lackingStd(NATIVE, "musl");
const gnu = await lackingStd(NATIVE, "gnu");
const both = firstLacking(musl, await lackingStd(FOREIGN, "musl"));

const manifest = (more = ""): string =>
  `[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n${more}`;
const prints = (text: string): string => `fn main() { println!("${text}"); }\n`;
const APP = { "Cargo.toml": manifest(), "src/main.rs": prints("app") };

async function one(project: RealProject, options?: BuildOptions): Promise<Executable> {
  const [[executable] = []] = await project.build(options);
  return executable ?? assert.fail("no executable");
}

async function failure(project: RealProject, options?: BuildOptions): Promise<KrustError> {
  try {
    await project.build(options);
  } catch (error) {
    if (error instanceof KrustError) return error;
    throw error;
  }
  return assert.fail("it was no failure");
}

await requiring(musl, "cargo builds example/hello-krust as it is committed", async () => {
  await withProject({}, async ({ folder, cargo }) => {
    const project = await cargo.project(join(EXAMPLES, "hello-krust"), { bins: [] });
    const args = ["--locked", "--target-dir", join(folder, "out")];
    const platforms = [parsePlatform(NATIVE)];
    const plan = { platforms, libc: "musl", profile: "release", offline: true, args } as const;
    const [[executable] = []] = await cargo.build(project, plan);
    assert.equal(
      await output(executable?.path ?? ""),
      "Hello from krust example!\nThis is running inside a container built with krust.\n",
    );
  });
});

await requiring(
  musl,
  "cargo builds the members of example/workspace as they are committed",
  async () => {
    await withProject({}, async ({ folder, cargo }) => {
      const args = ["--locked", "--target-dir", join(folder, "out")];
      const platforms = [parsePlatform(NATIVE)];
      const plan = { platforms, libc: "musl", profile: "dev", offline: true, args } as const;
      const path = async (directory: string, package_?: string): Promise<string> => {
        const selection = { bins: [], ...(package_ === undefined ? {} : { package: package_ }) };
        const project = await cargo.project(join(EXAMPLES, directory), selection);
        return (await cargo.build(project, plan))[0]?.[0]?.path ?? "";
      };
      const greeter = await path("workspace", "greeter");
      assert.equal(await output(greeter, "--once"), "Hello from greeter\n");
      assert.equal(await output(greeter, "--version"), "greeter 0.1.0\n");
      const clock = await path("workspace/clock/src");
      assert.equal(await output(clock, "--version"), `clock 0.1.0 (${MUSL})\n`);
      assert.match(await output(clock, "--once"), /^\d+ seconds since 1970\n$/);
      await assert.rejects(
        cargo.project(join(EXAMPLES, "workspace"), { bins: [] }),
        /several packages of the workspace .* have binaries: clock, greeter/,
      );
    });
  },
);

await requiring(
  musl,
  "cargo's own names decide: renamed binary, default-run, custom profile",
  async () => {
    const bins =
      '[[bin]]\nname = "my-tool"\npath = "src/main.rs"\n[[bin]]\nname = "other"\npath = "src/other.rs"\n';
    const profile = '[profile.dist]\ninherits = "dev"\nopt-level = 1\n';
    await withProject({
      "Cargo.toml": manifest(`default-run = "my-tool"\n${bins}${profile}`),
      "src/main.rs": prints("tool"),
      "src/other.rs": prints("other"),
    }, async (project) => {
      const found = await one(project, { profile: "dist" });
      assert.equal(found.name, "my-tool");
      assert.equal(relative(project.folder, found.path), `target/${MUSL}/dist/my-tool`);
      assert.equal(await output(found.path), "tool\n");
      const [several = []] = await project.build({ selection: { bins: ["other", "my-tool"] } });
      assert.deepEqual(several.map(({ name }) => name), ["other", "my-tool"]);
      assert.equal(await output(several[0]?.path ?? ""), "other\n");
    });
  },
);

await requiring(musl, "cargo builds an example, where the package has no binary", async () => {
  await withProject({
    "Cargo.toml": manifest(),
    "src/lib.rs": "",
    "examples/demo-it.rs": prints("demo"),
  }, async (project) => {
    const found = await one(project, { selection: { example: "demo-it" } });
    assert.equal(basename(found.path), "demo-it");
    assert.equal(await output(found.path), "demo\n");
    const error = await failure(project);
    assert.equal(error.code, "project-invalid");
    assert.equal(error.message, 'no binary target in package "app"');
  });
});

await requiring(musl, "cargo puts programs where the user wants them", async () => {
  const config = {
    ".cargo/config.toml": '[build]\ntarget-dir = "made here"\ntarget = "nonsense"\n',
  };
  await withProject({ ...APP, ...config }, async (project) => {
    const { path } = await one(project);
    assert.equal(relative(project.folder, path), `made here/${MUSL}/debug/app`);
  });
  const elsewhere = await Deno.realPath(await Deno.makeTempDir());
  try {
    await withProject(APP, async (project) => {
      assert.equal((await one(project)).path, join(elsewhere, MUSL, "debug/app"));
    }, { CARGO_TARGET_DIR: elsewhere });
  } finally {
    await Deno.remove(elsewhere, { recursive: true });
  }
});

await requiring(musl, "cargo builds in a folder with any name", async () => {
  const name = `a b ü 🦀 'q' "d" %41 $HOME`;
  const files = Object.entries(APP).map(([path, text]) => [`${name}/${path}`, text]);
  await withProject(Object.fromEntries(files), async (project) => {
    assert.equal(await output((await one(project, { directory: name })).path), "app\n");
  });
});

await requiring(both, "cargo builds for several platforms at once", async () => {
  await withProject(APP, async (project) => {
    const found = await project.build({ platforms: [FOREIGN, NATIVE] });
    assert.deepEqual(
      found.map(([each]) => [each?.target, each?.elf.machine]),
      [FOREIGN, NATIVE].map((name) => {
        const triple = targetTriple(parsePlatform(name), "musl");
        return [triple, triple.split("-")[0]];
      }),
    );
    const runs = project.report.messages.filter((text) => text.includes("Running in "));
    assert.equal(runs.length, 1);
  });
});

/** Shows which flags reached rustc. */
const FLAGS_SHOWN = {
  "Cargo.toml": manifest('[lints.rust]\nunexpected_cfgs = "allow"\n'),
  "src/main.rs":
    'fn main() { println!("{} {}", cfg!(mine), cfg!(target_feature = "crt-static")); }\n',
};

// glibc's targets link dynamically unless told otherwise, so the second word is krust's own flag.
for (
  const [where, config, env] of [
    ["nowhere but --cfg mine in RUSTFLAGS", "", { RUSTFLAGS: "--cfg mine" }],
    ["CARGO_ENCODED_RUSTFLAGS", "", { CARGO_ENCODED_RUSTFLAGS: "--cfg\x1fmine" }],
    ["build.rustflags as a list", '[build]\nrustflags = ["--cfg", "mine"]', {}],
    ["build.rustflags as a text", '[build]\nrustflags = "--cfg mine"', {}],
    ["CARGO_BUILD_RUSTFLAGS", "", { CARGO_BUILD_RUSTFLAGS: "--cfg mine" }],
    ["target's rustflags as a list", `[target.${GNU}]\nrustflags = ["--cfg", "mine"]`, {}],
    ["target's rustflags as a text", `[target.${GNU}]\nrustflags = "--cfg mine"`, {}],
    ["target's variable", "", { [targetVariable(GNU, "RUSTFLAGS")]: "--cfg mine" }],
    [
      "a cfg's rustflags",
      `[target.'cfg(all(unix, target_env = "gnu"))']\nrustflags = ["--cfg", "mine"]`,
      {},
    ],
    [
      "target's rustflags, which put build's out of force",
      `[target.${GNU}]\nrustflags = ["--cfg", "mine"]\n[build]\nrustflags = ["--cfg", "never"]`,
      {},
    ],
  ] as const
) {
  await requiring(gnu, `cargo keeps the user's flags beside krust's: ${where}`, async () => {
    await withProject({
      ...FLAGS_SHOWN,
      ".cargo/config.toml": config,
    }, async (project) => {
      const { path, target } = await one(project, { libc: "gnu" });
      assert.equal(target, GNU);
      assert.equal(await output(path), "true true\n");
    }, env);
  });
}

await requiring(gnu, "cargo links with glibc statically where asked", async () => {
  await withProject(APP, async (project) => {
    const { path, elf, target } = await one(project, { libc: "gnu", profile: "release" });
    assert.equal(target, GNU);
    assert.deepEqual([elf.interpreter, elf.needed], [undefined, []]);
    assert.equal(await output(path), "app\n");
  });
});

await requiring(gnu, "a program that cargo linked dynamically is refused", async () => {
  // A linker that goes its own way, whatever rustc asks of it, as Debian's musl-gcc does.
  const linker = `#!/bin/sh
    while [ "$1" != -o ]; do shift; done
    echo 'int main(void) { return 0; }' | exec cc -x c - -o "$2"
  `;
  const config = `[target.${GNU}]\nlinker = "./link.sh"\n`;
  await withProject(
    { ...APP, ".cargo/config.toml": config, "link.sh": linker },
    async (project) => {
      await Deno.chmod(join(project.folder, "link.sh"), 0o755);
      const error = await failure(project, { libc: "gnu" });
      assert.equal(error.code, "executable-mismatch");
      assert.match(
        error.message,
        /"app" cannot run on .*: it needs \/lib.*\/ld-linux.*libc\.so\.6.*, absent/,
      );
    },
  );
});

await requiring(musl, "a build that is ended leaves no process", async () => {
  const buildScript = `
    use std::io::{Read, Write};
    fn main() {
      let mut stream = std::net::TcpStream::connect(std::env::var("KRUST_TEST_ADDRESS").unwrap()).unwrap();
      writeln!(stream, "{}", std::process::id()).unwrap();
      let _ = stream.read(&mut [0]);
    }`;
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${listener.addr.port}`;
  await withProject({ ...APP, "build.rs": buildScript }, async (project) => {
    const controller = new AbortController();
    const reason = new KrustError("interrupted", "interrupted");
    const building = project.build({ signal: controller.signal });
    const ended = assert.rejects(building, (error) => error === reason);
    using connection = await listener.accept();
    const bytes = new Uint8Array(64);
    const pid = new TextDecoder().decode(bytes.subarray(0, await connection.read(bytes) ?? 0))
      .trim();
    assert.match(pid, /^\d+$/);
    assert.equal(isAlive(pid), true);
    controller.abort(reason);
    await ended;
    // The kernel closes the socket when the process is gone.
    assert.equal(await connection.read(bytes).catch(() => null), null);
    for (let waits = 0; isAlive(pid) && waits < 500; waits++) {
      // A process is seen for a moment after its files are closed, and nothing tells of its end.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(isAlive(pid), false);
  }, { KRUST_TEST_ADDRESS: address });
});

/** Whether a process runs; a zombie that waits for its parent does not. */
function isAlive(pid: string): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

await requiring(
  musl,
  "a program that does not compile is cargo's failure, in cargo's words",
  async () => {
    await withProject({ ...APP, "src/main.rs": "fn main() { nonsense }" }, async (project) => {
      const error = await failure(project);
      assert.equal(error.code, "cargo-failed");
      assert.match(error.message, /^Cargo build failed: could not compile `app`/);
      const said = project.report.messages.filter((text) => text.startsWith("cargo: ")).join("\n");
      assert.match(said, /cannot find value `nonsense`/);
    });
  },
);

await requiring(musl, "a linker that is not there is named", async () => {
  await withProject(APP, async (project) => {
    const error = await failure(project);
    assert.equal(error.code, "linker-missing");
    assert.match(error.message, /linker `no-such-linker` not found/);
    assert.equal(error.help.length, 2);
  }, { [targetVariable(MUSL, "LINKER")]: "no-such-linker" });
});

await requiring(musl, "a linker that fails is named, with the two ways out", async () => {
  const config = `[target.'cfg(target_env = "musl")']\nlinker = "false"\n`;
  await withProject({ ...APP, ".cargo/config.toml": config }, async (project) => {
    const error = await failure(project);
    assert.equal(error.code, "linker-missing");
    assert.match(error.message, /linking with `false` failed/);
    assert.match(error.help.join("\n"), /linux-musl-gcc.*\n.*rust-lld/);
    assert.match(
      project.report.messages.join("\n"),
      /Linker for .*: false \(set in .*config\.toml\)/,
    );
  });
});

await requiring(
  firstLacking(
    musl,
    await lackingStd("linux/s390x", "musl") === undefined ? "s390x is there" : undefined,
  ),
  "a target that is not installed and cannot be added is named, with the command",
  async () => {
    await withProject(APP, async (project) => {
      const error = await failure(project, { platforms: ["linux/s390x"], offline: false });
      assert.equal(error.code, "target-not-installed");
      assert.equal(error.message, "target s390x-unknown-linux-musl may not be installed");
      assert.ok(error.cause instanceof Error);
      assert.match(
        error.cause.message,
        /^no std at .*\/rustlib\/s390x-unknown-linux-musl; `rustup target add` failed: could not reach/,
      );
      assert.deepEqual(error.help, ["rustup target add s390x-unknown-linux-musl"]);
      assert.ok(
        project.report.messages.includes(
          "info: Adding target s390x-unknown-linux-musl with rustup",
        ),
      );
    });
  },
);

for (
  const [name, files, code, message, cause] of [
    [
      "no Cargo.toml",
      {},
      "project-invalid",
      /^cannot read the project in "/,
      /^could not find `Cargo.toml`/,
    ],
    [
      "a Cargo.toml that is no TOML",
      { "Cargo.toml": '[package]\nname = "x"\nversion = = "1"\n' },
      "config-invalid",
      /Cargo\.toml:3:11: /,
      undefined,
    ],
    [
      "a member that is not there",
      { "Cargo.toml": '[workspace]\nmembers = ["gone"]\n' },
      "project-invalid",
      /^cannot read the project in "/,
      /failed to load manifest for workspace member .*gone.*No such file/,
    ],
    [
      "a configuration that is no TOML",
      { ...APP, ".cargo/config.toml": "a = = 1\n" },
      "config-invalid",
      /config\.toml:1:5: /,
      undefined,
    ],
  ] as const
) {
  await requiring(musl, `cargo's refusal of ${name} is understood`, async () => {
    await withProject(files, async (project) => {
      const error = await failure(project);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      if (cause === undefined) return;
      assert.ok(error.cause instanceof Error);
      assert.match(error.cause.message, cause);
    });
  });
}

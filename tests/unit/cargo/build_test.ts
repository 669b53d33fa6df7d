// Compiling, with a toolchain that is functions.
import assert from "node:assert/strict";
import { join } from "node:path";
import { buildExecutables } from "../../../src/cargo/build.ts";
import type { CargoPlan } from "../../../src/cargo/cargo.ts";
import { sha256 } from "../../../src/core/digest.ts";
import { KrustError } from "../../../src/core/error.ts";
import { tinyElf } from "../../support/tiny_elf.ts";
import { type Fixture, planFor, valuesOf, withFixture } from "./fixture.ts";

const AMD64 = "x86_64-unknown-linux-musl";
const ARM64 = "aarch64-unknown-linux-musl";
const BOTH = [AMD64, ARM64];

async function failure(fixture: Fixture, plan: CargoPlan): Promise<KrustError> {
  try {
    await buildExecutables(fixture.context, fixture.project, plan);
  } catch (error) {
    if (error instanceof KrustError) return error;
    throw error;
  }
  return assert.fail("it was no failure");
}

/** The flags that keep the fixture's folders out of programs; its cargo's home is in its folder. */
function remapped({ folder }: Fixture): readonly string[] {
  return [
    `--remap-path-prefix=${folder}=/source`,
    `--remap-path-prefix=${folder}/target=/source/target`,
    `--remap-path-prefix=${folder}/.home/.cargo=/cargo`,
  ];
}

Deno.test("`buildExecutables()` runs cargo once for all platforms and binaries", async () => {
  await withFixture({ installed: BOTH, binaries: ["app", "tool"] }, async (fixture) => {
    const plan = { ...planFor("linux/arm64", "linux/amd64"), profile: "dist", offline: true };
    const found = await buildExecutables(fixture.context, fixture.project, {
      ...plan,
      args: ["--features", "x"],
    });
    assert.deepEqual(
      found.map((each) => each.map(({ name, target }) => [name, target])),
      [[["app", ARM64], ["tool", ARM64]], [["app", AMD64], ["tool", AMD64]]],
    );
    const builds = fixture.host.commands.filter(({ program }) => program === "cargo");
    assert.equal(builds.length, 1);
    const [{ args, cwd, env }] = [builds[0] ?? assert.fail()];
    assert.deepEqual(args, [
      ...["build", "--message-format=json-render-diagnostics", "--profile", "dist"],
      ...["--target", ARM64, "--target", AMD64, "--package", "app@0.1.0"],
      ...["--bin", "app", "--bin", "tool", "--offline", "--features", "x"],
    ]);
    assert.equal(cwd, fixture.folder);
    assert.deepEqual(env, {
      CARGO_BUILD_RUSTFLAGS: [...remapped(fixture), "-C", "target-feature=+crt-static"].join(" "),
      CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER: "rust-lld",
    });
  });
});

Deno.test("`buildExecutables()` gives what it read of each program", async () => {
  await withFixture({ installed: BOTH }, async (fixture) => {
    const [[executable] = []] = await buildExecutables(
      fixture.context,
      fixture.project,
      planFor("linux/amd64"),
    );
    const bytes = tinyElf();
    assert.deepEqual(executable, {
      name: "app",
      path: join(fixture.folder, `target/${AMD64}/release/app`),
      target: AMD64,
      platform: { os: "linux", architecture: "amd64" },
      size: bytes.length,
      digest: sha256(bytes),
      elf: { machine: "x86_64", needed: [] },
    });
  });
});

Deno.test("`buildExecutables()` says what scripts look for", async () => {
  await withFixture({ installed: BOTH }, async (fixture) => {
    await buildExecutables(fixture.context, fixture.project, planFor("linux/amd64"));
    assert.deepEqual(fixture.report.messages.filter((text) => text.startsWith("info: ")), [
      `info: Running cargo build for target ${AMD64}`,
      `info: Successfully built binary: target/${AMD64}/release/app`,
    ]);
    assert.match(
      fixture.report.messages.join("\n"),
      /debug: Linker for .*: cc \(this machine's own/,
    );
  });
});

Deno.test("`buildExecutables()` tells cargo once of a platform that is named twice", async () => {
  await withFixture({ installed: BOTH }, async (fixture) => {
    const plan = planFor("linux/amd64", "amd64");
    const found = await buildExecutables(fixture.context, fixture.project, plan);
    assert.equal(found.length, 2);
    const args = fixture.host.commands.at(-1)?.args ?? [];
    assert.deepEqual(valuesOf(args, "--target"), [AMD64]);
  });
});

Deno.test("`buildExecutables()` passes on what cargo says, line by line or as it is", async () => {
  const cargo = async (...[call, fixture]: Parameters<NonNullable<Speaking>>): Promise<number> => {
    call.err("   Compiling app\n");
    call.out("printed by a build script's child\n");
    await fixture.artifact(call, AMD64, "app");
    return 0;
  };
  await withFixture({ installed: BOTH, cargo }, async (fixture) => {
    await buildExecutables(fixture.context, fixture.project, planFor("linux/amd64"));
    const said = fixture.report.messages.filter((text) => text.startsWith("cargo: "));
    assert.deepEqual(said, ["cargo:    Compiling app", "cargo: printed by a build script's child"]);
  });
  await withFixture({ installed: BOTH, cargo, passThrough: true }, async (fixture) => {
    await buildExecutables(fixture.context, fixture.project, planFor("linux/amd64"));
    assert.equal(fixture.host.commands.at(-1)?.stderr, "inherit");
    assert.equal(fixture.host.stderrText(), "   Compiling app\n");
  });
});

type Speaking = Parameters<typeof withFixture>[0]["cargo"];

Deno.test("`buildExecutables()` asks rustc nothing for a target that was built for before", async () => {
  await withFixture({}, async (fixture) => {
    await Deno.mkdir(join(fixture.project.targetDirectory, AMD64), { recursive: true });
    await buildExecutables(fixture.context, fixture.project, planFor("linux/amd64"));
    assert.deepEqual(fixture.host.commands.map(({ program }) => program), ["cargo"]);
  });
});

Deno.test("`buildExecutables()` adds a target that is gone, and builds again", async () => {
  let built = 0;
  const options = {
    cargo: async (...[call, fixture]: Parameters<NonNullable<Speaking>>): Promise<number> => {
      if (built++ === 0) {
        call.err("error[E0463]: can't find crate for `std`\n");
        return 101;
      }
      await fixture.artifact(call, AMD64, "app");
      return 0;
    },
    programs: {
      rustup: async (): Promise<number> => {
        await made[0]?.install(AMD64);
        return 0;
      },
    },
  };
  const made: Fixture[] = [];
  await withFixture(options, async (fixture) => {
    made.push(fixture);
    await Deno.mkdir(join(fixture.project.targetDirectory, AMD64), { recursive: true });
    await buildExecutables(fixture.context, fixture.project, planFor("linux/amd64"));
    assert.equal(built, 2);
    assert.ok(fixture.report.messages.includes(`info: Adding target ${AMD64} with rustup`));
  });
});

Deno.test("`buildExecutables()` fails before cargo runs where a target is not there", async () => {
  await withFixture({ installed: [AMD64] }, async (fixture) => {
    const error = await failure(fixture, planFor("linux/amd64", "linux/arm64"));
    assert.equal(error.code, "target-not-installed");
    assert.equal(error.details["target"], ARM64);
    assert.ok(fixture.host.commands.every(({ program }) => program !== "cargo"));
  });
});

for (
  const [name, stderr, code, message] of [
    [
      "a compile error",
      'error[E0425]: cannot find value `x`\n --> src/main.rs:1:1\n\nerror: could not compile `app` (bin "app") due to 1 previous error\n',
      "cargo-failed",
      /^Cargo build failed: could not compile `app` \(bin "app"\) due to 1 previous error$/,
    ],
    [
      "a dependency that is not there",
      "error: no matching package found\nsearched package name: `x`\n",
      "cargo-failed",
      /^Cargo build failed: no matching package found$/,
    ],
    [
      "a linker that failed",
      'error: linking with `cc` failed: exit status: 1\n  |\n  = note:  "cc"\n\nerror: could not compile `app` (bin "app") due to 1 previous error\n',
      "linker-missing",
      /^link for target x86_64-unknown-linux-musl: linking with `cc` failed$/,
    ],
    [
      "a linker that is not there, in colour",
      "\u001b[1m\u001b[91merror\u001b[0m\u001b[1m: linker `cc` not found\u001b[0m\n",
      "linker-missing",
      /: linker `cc` not found$/,
    ],
    [
      "a disk that was full when it linked",
      "error: linking with `cc` failed: exit status: 1\n  |\n  = note: /usr/bin/ld: final link failed: No space left on device\n",
      "cargo-failed",
      /^Cargo build failed: No space left on device$/,
    ],
    ["silence", "", "cargo-failed", /^Cargo build failed: exit status 101, see above$/],
  ] as const
) {
  Deno.test(`\`buildExecutables()\` explains ${name}`, async () => {
    const cargo: NonNullable<Speaking> = (call) => {
      call.err(stderr);
      return 101;
    };
    const env = { PATH: await programs("cc") };
    try {
      await withFixture({ installed: BOTH, cargo, env }, async (fixture) => {
        const error = await failure(fixture, planFor("linux/amd64"));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.equal(error.exitStatus, 3);
      });
    } finally {
      await Deno.remove(env.PATH, { recursive: true });
    }
  });
}

/** A folder for PATH with programs that do nothing. */
async function programs(...names: readonly string[]): Promise<string> {
  const folder = await Deno.makeTempDir();
  for (const name of names) await Deno.writeTextFile(join(folder, name), "", { mode: 0o755 });
  return folder;
}

Deno.test("`buildExecutables()` lays a linker's failure to the target that it is for", async () => {
  const cargo: NonNullable<Speaking> = (call) => {
    call.err("error: linking with `rust-lld` failed: exit status: 1\n");
    return 101;
  };
  await withFixture({ installed: BOTH, cargo }, async (fixture) => {
    const error = await failure(fixture, planFor("linux/amd64", "linux/arm64"));
    assert.equal(error.code, "linker-missing");
    assert.equal(error.details["target"], ARM64);
    assert.match(error.help.join("\n"), /aarch64-linux-musl-gcc/);
  });
});

Deno.test("`buildExecutables()` proposes a C compiler where a build script failed, not otherwise", async () => {
  for (
    const [stderr, help] of [
      [
        "error: failed to run custom build command for `ring v1`\n",
        /C code.*aarch64-linux-musl-gcc/,
      ],
      ["error: could not compile `app`\n", /^$/],
    ] as const
  ) {
    const cargo: NonNullable<Speaking> = (call) => {
      call.err(stderr);
      return 101;
    };
    await withFixture({ installed: BOTH, cargo }, async (fixture) => {
      const error = await failure(fixture, planFor("linux/arm64"));
      assert.equal(error.code, "cargo-failed");
      assert.match(error.help.join("\n"), help);
    });
  }
});

Deno.test("`buildExecutables()` finds out what the terminal was told: no linker", async () => {
  const cargo: NonNullable<Speaking> = () => 101;
  const platformConfig = { "linux/amd64": { linker: "my-ld" } };
  const options = { installed: BOTH, cargo, passThrough: true, platformConfig };
  await withFixture(options, async (fixture) => {
    const error = await failure(fixture, planFor("linux/amd64"));
    assert.equal(error.code, "linker-missing");
    assert.match(error.message, /linker `my-ld` not found/);
  });
});

Deno.test("`buildExecutables()` proposes a C compiler where the terminal was told why", async () => {
  const cargo: NonNullable<Speaking> = () => 101;
  await withFixture({ installed: BOTH, cargo, passThrough: true }, async (fixture) => {
    const error = await failure(fixture, planFor("linux/arm64"));
    assert.equal(error.code, "cargo-failed");
    assert.match(error.help.join("\n"), /C code for aarch64.*aarch64-linux-musl-gcc/);
  });
});

Deno.test("`buildExecutables()` refuses a program that asks for a loader", async () => {
  const cargo: NonNullable<Speaking> = async (call, fixture) => {
    const elf = tinyElf({ interpreter: "/lib64/ld-linux-x86-64.so.2" });
    await fixture.artifact(call, AMD64, "app", elf);
    return 0;
  };
  await withFixture({ installed: BOTH, cargo }, async (fixture) => {
    const error = await failure(fixture, planFor("linux/amd64"));
    assert.equal(error.code, "executable-mismatch");
    assert.ok(!fixture.report.messages.some((text) => text.includes("Successfully built")));
  });
});

Deno.test("`buildExecutables()` refuses a success that made nothing", async () => {
  for (const [target, name] of [[ARM64, "app"], [AMD64, "other"]] as const) {
    const cargo: NonNullable<Speaking> = async (call, fixture) => {
      await fixture.artifact(call, target, name);
      return 0;
    };
    await withFixture({ installed: BOTH, cargo }, async (fixture) => {
      const error = await failure(fixture, planFor("linux/amd64"));
      assert.equal(error.code, "cargo-failed");
      assert.match(error.message, /named no program "app" for x86_64-unknown-linux-musl/);
    });
  }
});

Deno.test("`buildExecutables()` says that cargo is gone", async () => {
  await withFixture({ installed: BOTH, programs: { cargo: undefined } }, async (fixture) => {
    assert.equal((await failure(fixture, planFor("linux/amd64"))).code, "cargo-not-found");
  });
});

Deno.test("`buildExecutables()` links with glibc, loudly, where musl cannot be had", async () => {
  const gnu = "x86_64-unknown-linux-gnu";
  await withFixture({ installed: [gnu] }, async (fixture) => {
    const plan = { ...planFor("linux/amd64"), libc: "auto" } as const;
    const [[executable] = []] = await buildExecutables(fixture.context, fixture.project, plan);
    assert.equal(executable?.target, gnu);
    const [warning, ...others] = fixture.report.messages.filter((text) =>
      text.startsWith("warn: ")
    );
    assert.match(
      warning ?? "",
      /target x86_64-unknown-linux-musl may not be installed.*glibc instead/,
    );
    assert.deepEqual(others, []);
  });
});

Deno.test("`buildExecutables()` takes musl for `auto` where it is there", async () => {
  await withFixture({ installed: BOTH }, async (fixture) => {
    const plan = { ...planFor("linux/amd64"), libc: "auto" } as const;
    const [[executable] = []] = await buildExecutables(fixture.context, fixture.project, plan);
    assert.equal(executable?.target, AMD64);
    assert.ok(!fixture.report.messages.some((text) => text.startsWith("warn: ")));
  });
});

Deno.test("`buildExecutables()` downloads nothing for what it could not link", async () => {
  await withFixture({}, async (fixture) => {
    const plan = { ...planFor("linux/arm64"), libc: "gnu" } as const;
    assert.equal((await failure(fixture, plan)).code, "linker-missing");
    assert.deepEqual(fixture.host.commands, []);
  });
});

Deno.test("`buildExecutables()` heeds the settings of a platform", async () => {
  const platformConfig = { "linux/arm64": { linker: "my-ld", rustflags: ["-C opt-level=s"] } };
  await withFixture({ installed: BOTH, platformConfig }, async (fixture) => {
    await buildExecutables(fixture.context, fixture.project, planFor("linux/amd64", "linux/arm64"));
    const command = fixture.host.commands.at(-1);
    assert.equal(command?.env?.["CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER"], "my-ld");
    assert.deepEqual(valuesOf(command?.args ?? [], "--config"), [
      `target.${ARM64}.rustflags=${
        JSON.stringify([
          ...remapped(fixture),
          ...["-C", "target-feature=+crt-static", "-C", "opt-level=s"],
        ])
      }`,
    ]);
  });
});

Deno.test("`buildExecutables()` needs no std installed where cargo builds it", async () => {
  await withFixture({}, async (fixture) => {
    await Deno.mkdir(join(fixture.folder, ".cargo"));
    await Deno.writeTextFile(
      join(fixture.folder, ".cargo/config.toml"),
      '[unstable]\nbuild-std = ["std"]\n',
    );
    await buildExecutables(fixture.context, fixture.project, planFor("linux/amd64"));
    assert.deepEqual(fixture.host.commands.map(({ program }) => program), ["cargo"]);
  });
});

Deno.test("`buildExecutables()` passes a cancellation on as it is", async () => {
  const controller = new AbortController();
  const reason = new KrustError("interrupted", "interrupted");
  const cargo: NonNullable<Speaking> = () => {
    controller.abort(reason);
    return 143;
  };
  await withFixture({ installed: BOTH, cargo }, async (fixture) => {
    const plan = planFor("linux/amd64");
    const { signal } = controller;
    await assert.rejects(
      buildExecutables(fixture.context, fixture.project, plan, { signal }),
      (error) => error === reason,
    );
  });
});

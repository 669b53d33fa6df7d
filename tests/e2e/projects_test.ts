// The shapes that Cargo projects have, each compiled by the real cargo: workspaces, features, dependencies
// from everywhere, names, and what people set in rust-toolchain.toml and .cargo/config.toml.
import assert from "node:assert/strict";
import { basename, join, relative } from "node:path";
import { targetTriple } from "../../src/cargo/target.ts";
import { KrustError } from "../../src/core/error.ts";
import { parsePlatform } from "../../src/oci/platform.ts";
import { run } from "../support/program.ts";
import { firstLacking, lackingProgram, requiring } from "../support/require.ts";
import {
  type BuildOptions,
  lackingStd,
  NATIVE,
  output,
  type RealProject,
  TOOLCHAIN,
  withProject,
} from "./cargo_toolchain.ts";

const MUSL = targetTriple(parsePlatform(NATIVE), "musl");
const musl = await lackingStd(NATIVE, "musl");
const gnu = await lackingStd(NATIVE, "gnu");

const manifest = (name: string, more = ""): string =>
  `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${more}`;
const prints = (text: string): string => `fn main() { println!("${text}"); }\n`;

/** What the chosen programs print, by their names, in order. */
async function say(
  project: RealProject,
  options?: BuildOptions,
): Promise<readonly (readonly [name: string, said: string])[]> {
  const [found = []] = await project.build(options);
  return await Promise.all(
    found.map(async ({ name, path }) => [name, (await output(path)).trimEnd()] as const),
  );
}

async function refusal(project: RealProject, options?: BuildOptions): Promise<KrustError> {
  const building = project.build(options).then(() => "it was no failure");
  const error: unknown = await building.catch((error: unknown) => error);
  return error instanceof KrustError ? error : assert.fail(String(error));
}

await requiring(
  musl,
  "a virtual workspace: equal names of binaries, inherited facts, a library and a procedural macro",
  async () => {
    await withProject({
      "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["apps/*", "shared", "macros"]\n' +
        'default-members = ["apps/one"]\n[workspace.package]\nversion = "4.5.6"\nedition = "2024"\n' +
        '[workspace.dependencies]\nshared = { path = "shared" }\n',
      "apps/one/Cargo.toml":
        '[package]\nname = "one"\nversion.workspace = true\nedition.workspace = true\n' +
        '[[bin]]\nname = "server"\npath = "src/main.rs"\n[dependencies]\nshared.workspace = true\n',
      "apps/one/src/main.rs": 'fn main() { println!("one {}", shared::version()); }\n',
      "apps/one/src/bin/client.rs": prints("client"),
      "apps/two/Cargo.toml":
        '[package]\nname = "two"\nversion.workspace = true\nedition.workspace = true\n' +
        '[[bin]]\nname = "server"\npath = "code/entry.rs"\n[dependencies]\nmacros = { path = "../../macros" }\n',
      "apps/two/code/entry.rs": 'fn main() { println!("two {}", macros::answer!()); }\n',
      "shared/Cargo.toml":
        '[package]\nname = "shared"\nversion.workspace = true\nedition.workspace = true\n',
      "shared/src/lib.rs": 'pub fn version() -> &\'static str { env!("CARGO_PKG_VERSION") }\n',
      "macros/Cargo.toml": manifest("macros", "[lib]\nproc-macro = true\n"),
      "macros/src/lib.rs": "#[proc_macro]\npub fn answer(_: proc_macro::TokenStream) " +
        '-> proc_macro::TokenStream { "42".parse().unwrap() }\n',
    }, async (project) => {
      const several = { selection: { bins: ["server", "client"] } };
      assert.deepEqual(await say(project, several), [["server", "one 4.5.6"], [
        "client",
        "client",
      ]]);
      const two = { selection: { package: "two" } };
      assert.deepEqual(await say(project, two), [["server", "two 42"]]);
      assert.deepEqual(await say(project, { directory: "apps/two/code" }), [["server", "two 42"]]);
      const library = await refusal(project, { selection: { package: "shared" } });
      assert.equal(library.message, 'no binary target in package "shared"');
    });
  },
);

await requiring(musl, "features: default, chosen, and those that a binary requires", async () => {
  await withProject({
    "Cargo.toml": manifest(
      "app",
      'default-run = "app"\n[features]\ndefault = ["calm"]\ncalm = []\nloud = []\nadmin = ["loud"]\n' +
        '[[bin]]\nname = "admin"\npath = "src/main.rs"\nrequired-features = ["admin"]\n' +
        '[[bin]]\nname = "app"\npath = "src/main.rs"\n',
    ),
    "src/main.rs": "fn main() {\n" +
      '    println!("{} {} {}", cfg!(feature = "calm"), cfg!(feature = "loud"), cfg!(feature = "admin"));\n}\n',
  }, async (project) => {
    assert.deepEqual(await say(project), [["app", "true false false"]]);
    const loud = { args: ["--no-default-features", "--features", "loud"] };
    assert.deepEqual(await say(project, loud), [["app", "false true false"]]);
    const admin = { selection: { bins: ["admin"] } };
    const error = await refusal(project, admin);
    assert.equal(error.code, "cargo-failed");
    assert.match(error.message, /target `admin` in package `app` requires the features: `admin`/);
    assert.deepEqual(
      await say(project, { ...admin, args: ["--features=admin"] }),
      [["admin", "true true true"]],
    );
  });
});

await requiring(musl, "names with -, _ and capitals, in editions 2015 and 2024", async () => {
  await withProject({
    "Cargo.toml": '[package]\nname = "My-Odd_App"\nversion = "0.1.0"\n' +
      '[[bin]]\nname = "My-Odd_App"\npath = "src/main.rs"\n' +
      '[[bin]]\nname = "Other_Tool-2"\npath = "other/main.rs"\n',
    "src/main.rs": 'fn main() { let async = 1; println!("odd {}", async); }\n',
    "other/main.rs": prints("other"),
    "new/Cargo.toml":
      '[package]\nname = "new_one"\nversion = "0.1.0"\nedition = "2024"\n[workspace]\n',
    "new/src/main.rs":
      'fn main() { let gen_ = [1].into_iter().map(|x| x + 1); println!("{:?}", gen_.sum::<i32>()); }\n',
  }, async (project) => {
    const selection = { bins: ["My-Odd_App", "Other_Tool-2"] };
    assert.deepEqual(await say(project, { selection }), [
      ["My-Odd_App", "odd 1"],
      ["Other_Tool-2", "other"],
    ]);
    assert.deepEqual(await say(project, { directory: "new" }), [["new_one", "2"]]);
  });
});

await requiring(
  musl,
  "a cdylib beside the binary, which uses it as a library, and a build script",
  async () => {
    await withProject({
      "Cargo.toml": manifest(
        "app",
        '[lib]\ncrate-type = ["cdylib", "staticlib", "rlib"]\n',
      ),
      "build.rs": 'fn main() {\n    println!("cargo:rustc-env=MADE=by the script");\n' +
        '    println!("cargo:rustc-cfg=scripted");\n    println!("cargo:rustc-check-cfg=cfg(scripted)");\n}\n',
      "src/lib.rs": 'pub fn made() -> &\'static str { env!("MADE") }\n',
      "src/main.rs": 'fn main() { println!("{} {}", app::made(), cfg!(scripted)); }\n',
    }, async (project) => {
      assert.deepEqual(await say(project), [["app", "by the script true"]]);
    });
  },
);

await requiring(
  firstLacking(gnu, lackingProgram("git")),
  "dependencies by path outside the workspace, and by git",
  async () => {
    await withProject({
      "app/src/main.rs": 'fn main() { println!("{} {}", beside::name(), remote::name()); }\n',
      "beside/Cargo.toml": manifest("beside"),
      "beside/src/lib.rs": 'pub fn name() -> &\'static str { "beside" }\n',
      "remote/Cargo.toml": manifest("remote"),
      "remote/src/lib.rs": 'pub fn name() -> &\'static str { "remote" }\n',
    }, async (project) => {
      const remote = join(project.folder, "remote");
      const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
      await run("git", ["init", "-q"], { cwd: remote });
      await run("git", ["add", "-A"], { cwd: remote });
      await run("git", [...identity, "commit", "-q", "-m", "source"], { cwd: remote });
      await project.write({
        "app/Cargo.toml": manifest(
          "app",
          '[dependencies]\nbeside = { path = "../beside" }\n' +
            `remote = { git = "file://${remote}" }\n`,
        ),
      });
      const options = { directory: "app", offline: false, libc: "gnu" } as const;
      assert.deepEqual(await say(project, options), [["app", "beside remote"]]);
      // What was fetched once serves without the network, and the lock file holds.
      await Deno.rename(remote, join(project.folder, "gone"));
      const again = { ...options, offline: true, args: ["--locked"] };
      assert.deepEqual(await say(project, again), [["app", "beside remote"]]);
      // Debian's cargo, which the toolchain for musl is made of, fails with the libgit2 of Debian.
    }, { RUSTUP_TOOLCHAIN: "" });
  },
);

await requiring(musl, "vendored sources, with --offline and an empty home of cargo's", async () => {
  await withProject({
    "Cargo.toml": manifest("app", '[dependencies]\nitoa = "1"\n'),
    "src/main.rs": 'fn main() { println!("{}", itoa::Buffer::new().format(7)); }\n',
  }, async (project) => {
    const without = await refusal(project);
    assert.equal(without.code, "cargo-failed");
    assert.match(without.message, /no matching package named `itoa` found/);
    const vendor = ["vendor", "third party"];
    const config = await run("cargo", vendor, { cwd: project.folder, env: TOOLCHAIN });
    await project.write({ ".cargo/config.toml": config });
    assert.deepEqual(await say(project, { args: ["--frozen"] }), [["app", "7"]]);
  });
});

await requiring(
  firstLacking(musl, lackingProgram("rustup")),
  "rust-toolchain.toml decides where no variable does",
  async () => {
    const sysroot = (await run("rustc", ["--print", "sysroot"], { env: TOOLCHAIN })).trim();
    const files = {
      "Cargo.toml": manifest("app"),
      "src/main.rs": 'fn main() { println!("{}", env!("RUSTUP_TOOLCHAIN")); }\n',
      "rust-toolchain.toml": `[toolchain]\npath = "${sysroot}"\n`,
    };
    await withProject(files, async (project) => {
      assert.deepEqual(await say(project), [["app", sysroot]]);
      await project.write({ "rust-toolchain.toml": '[toolchain]\npath = "/nowhere"\n' });
      const error = await refusal(project);
      assert.equal(error.code, "project-invalid");
      assert.match(String(error.cause), /\/nowhere/);
    }, { RUSTUP_TOOLCHAIN: "" });
  },
);

await requiring(
  musl,
  ".cargo/config.toml: a linker beside the project, a runner, folders, a profile, variables",
  async () => {
    const config = `[build]\ntarget-dir = "out"\nbuild-dir = "between"\n` +
      `[target.${MUSL}]\nlinker = "./our-gcc"\nrunner = "no-such-runner"\n` +
      '[profile.dev]\nopt-level = 1\n[env]\nGREETING = "good day"\n' +
      '[alias]\nbuild = "check"\n[unstable]\nnothing = true\n';
    await withProject({
      "Cargo.toml": manifest("app"),
      "src/main.rs": 'fn main() { println!("{}", env!("GREETING")); }\n',
      ".cargo/config.toml": config,
      "our-gcc": '#!/bin/sh\necho linked > "$(dirname "$0")/linked"\nexec cc "$@"\n',
    }, async (project) => {
      await Deno.chmod(join(project.folder, "our-gcc"), 0o755);
      const [[found] = []] = await project.build();
      const path = found?.path ?? assert.fail("no program");
      assert.equal(await output(path), "good day\n");
      assert.equal(relative(project.folder, path), `out/${MUSL}/debug/app`);
      assert.equal(await Deno.readTextFile(join(project.folder, "linked")), "linked\n");
    });
  },
);

await requiring(
  musl,
  "an example of a member that has binaries of its own, with a dependency for examples alone",
  async () => {
    await withProject({
      "Cargo.toml": '[workspace]\nresolver = "3"\nmembers = ["a", "b"]\n',
      "a/Cargo.toml": manifest("a", '[dev-dependencies]\nb = { path = "../b" }\n'),
      "a/src/main.rs": prints("a"),
      "a/examples/show/main.rs": 'fn main() { println!("{}", b::name()); }\n',
      "b/Cargo.toml": manifest("b"),
      "b/src/lib.rs": 'pub fn name() -> &\'static str { "from b" }\n',
    }, async (project) => {
      const [[found] = []] = await project.build({ selection: { example: "show" } });
      assert.equal(basename(found?.path ?? ""), "show");
      assert.equal(await output(found?.path ?? ""), "from b\n");
    });
  },
);

// The same source gives the same digest, whoever builds it, where, when and under what settings.
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../../tools/source_tree.ts";
import { KRUST, runKrust } from "../support/krust_process.ts";
import { run } from "../support/program.ts";
import { firstLacking, lackingProgram, lackingTarget, requiring } from "../support/require.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

/** Circumstances that must not show in the image. */
interface Circumstances {
  /** The path of the project's copy, below the test's folder. */
  readonly path: string;
  /** Permissions that new files do not get. */
  readonly umask: string;
  readonly env: Readonly<Record<string, string>>;
  /** A program with arguments that runs the rest as somebody else. */
  readonly as?: readonly string[];
}

/** Another user to all who ask, who may still read this one's toolchain. */
const SOMEBODY: readonly string[] = ["unshare", "--user", "--map-user=4711", "--map-group=4711"];

/** The digest of the example, compiled anew from a copy of its own with an empty cache. */
async function digestOf(
  folder: string,
  { path, umask, env, as = [] }: Circumstances,
): Promise<string> {
  const place = join(folder, path);
  await Deno.mkdir(place, { recursive: true });
  const project = join(place, "hello-krust");
  await run("cp", ["-r", join(ROOT, "example/hello-krust"), project]);
  await Deno.remove(join(project, "target"), { recursive: true }).catch(() => {});
  const metadata = join(place, "built.json");
  const krust = [
    ...[Deno.execPath(), ...KRUST, "build", "--libc", "auto", "--base", "builtin", "--no-push"],
    ...["--metadata-file", metadata, project],
  ];
  const [program = "sh", ...args] = [...as, "sh", "-c", `umask ${umask} && exec "$@"`, "sh"];
  await run(program, [...args, ...krust], {
    cwd: place,
    env: { ...env, KRUST_CACHE_DIR: join(place, "cache") },
  });
  return JSON.parse(await Deno.readTextFile(metadata))["containerimage.digest"];
}

await requiring(
  firstLacking(
    lackingProgram("cargo", "cp", "unshare"),
    await run("unshare", [...SOMEBODY.slice(1), "true"]).then(() => undefined, String),
  ),
  "two builds, two users, two paths, two umasks: one digest",
  () =>
    withTemporaryFolder(async (folder) => {
      const digests = [
        await digestOf(folder, {
          path: "a",
          umask: "000",
          env: { TZ: "Asia/Tokyo", LC_ALL: "tr_TR.UTF-8" },
        }),
        await digestOf(folder, {
          path: "another path/mit ü",
          umask: "077",
          env: { TZ: "UTC", LC_ALL: "C" },
          as: SOMEBODY,
        }),
      ];
      assert.equal(digests[0], digests[1]);
    }),
);

/** A project whose dependency and generated code name the place of their source when they panic. */
const PANICKING: Readonly<Record<string, string>> = {
  "Cargo.toml": '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n' +
    '[dependencies]\ndep = "0.1.0"\n',
  ".cargo/config.toml": '[source.crates-io]\nreplace-with = "vendored"\n' +
    '[source.vendored]\ndirectory = "vendor"\n',
  "build.rs": "fn main() {\n" +
    '    let path = format!("{}/made.rs", std::env::var("OUT_DIR").unwrap());\n' +
    '    std::fs::write(path, "pub fn made(x: usize) -> u8 { vec![1, 2][x] }").unwrap();\n}\n',
  "src/main.rs": 'include!(concat!(env!("OUT_DIR"), "/made.rs"));\n' +
    "fn main() {\n    let x = std::env::args().count();\n" +
    '    println!("{} {}", made(x), dep::at(x));\n}\n',
  "vendor/dep/.cargo-checksum.json": '{"files":{}}',
  "vendor/dep/Cargo.toml": '[package]\nname = "dep"\nversion = "0.1.0"\nedition = "2021"\n',
  "vendor/dep/src/lib.rs": "pub fn at(x: usize) -> u8 { vec![1, 2][x] }\n",
};

await requiring(
  lackingProgram("cargo"),
  "a program names no folder of the machine that compiled it, and so depends on none",
  () =>
    withTemporaryFolder(async (folder) => {
      const digests: string[] = [];
      for (const place of ["one", "two ü"].map((name) => join(folder, name))) {
        for (const [name, text] of Object.entries(PANICKING)) {
          await Deno.mkdir(join(place, name, ".."), { recursive: true });
          await Deno.writeTextFile(join(place, name), text);
        }
        const metadata = join(folder, "built.json");
        await run(Deno.execPath(), [
          ...[...KRUST, "build", "--libc", "auto", "--base", "scratch", "--no-push"],
          ...["--profile", "dev", "--metadata-file", metadata, place],
        ], { cwd: folder, env: { KRUST_CACHE_DIR: join(folder, "cache") } });
        digests.push(JSON.parse(await Deno.readTextFile(metadata))["containerimage.digest"]);
      }
      assert.equal(digests[0], digests[1]);
    }),
);

/**
 * A project whose program tells the time and the folders in which it was compiled: by its build script,
 * by C code, by macros that no flag reaches.
 */
const TELLING: Readonly<Record<string, string>> = {
  "app/Cargo.toml": '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n' +
    "[profile.release]\nincremental = true\n",
  "app/build.rs": `
use std::{env, process::Command, time::SystemTime};
fn main() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos().to_string();
    println!("cargo:rustc-env=NOW={}", env::var("SOURCE_DATE_EPOCH").unwrap_or(now));
    println!("cargo:rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let out = env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/made.rs"), "pub fn made(x: usize) -> u8 { vec![1, 2][x] }").unwrap();
    // As the cc crate does it.
    let target = env::var("TARGET").unwrap().replace('-', "_");
    let flags = env::var(format!("CFLAGS_{target}")).unwrap_or_default();
    let source = env::current_dir().unwrap().join("native.c");
    let ok = Command::new("cc").args(flags.split_whitespace()).arg("-c").arg(source)
        .args(["-o", &format!("{out}/native.o")]).status().unwrap().success();
    assert!(ok);
    println!("cargo:rustc-link-arg={out}/native.o");
}
`,
  "app/native.c": "const char *place(void) { return __FILE__; }\n",
  "app/src/main.rs": `include!(concat!(env!("OUT_DIR"), "/made.rs"));
unsafe extern "C" { fn place() -> *const std::ffi::c_char; }
fn main() {
    let place = unsafe { std::ffi::CStr::from_ptr(place()) };
    println!("{} {} {:?}", made(std::env::args().count()), env!("NOW"), place);
}
`,
};

const musl = await lackingTarget("x86_64-unknown-linux-musl");

/** Writes the project into a folder and builds it with `--reproducible`. */
async function buildTelling(
  place: string,
  env: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = TELLING,
): Promise<{ readonly digest: string; readonly stderr: string }> {
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(join(place, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(place, path), text);
  }
  const metadata = join(place, "built.json");
  const { status, stderr } = await runKrust([
    ...["build", "--base", "scratch", "--no-push", "--reproducible"],
    ...["--metadata-file", metadata, join(place, "app")],
  ], { cwd: place, env: { KRUST_CACHE_DIR: join(place, "cache"), ...env } });
  assert.equal(status, 0, stderr);
  return {
    digest: JSON.parse(await Deno.readTextFile(metadata))["containerimage.digest"],
    stderr,
  };
}

await requiring(
  firstLacking(lackingProgram("cargo", "cc"), musl),
  "`--reproducible` keeps out the time, incremental compiling, and the folders of C code",
  () =>
    withTemporaryFolder(async (folder) => {
      const [one, two] = [join(folder, "one"), join(folder, "two")];
      const built = [
        await buildTelling(one, {}),
        await buildTelling(two, {
          CARGO_HOME: join(folder, "home"),
          CARGO_TARGET_DIR: join(folder, "target"),
          CARGO_BUILD_BUILD_DIR: join(folder, "between"),
          CARGO_BUILD_JOBS: "1",
          USER: "somebody",
        }),
      ];
      await buildTelling(one, {}, { "app/src/main.rs": "fn main() {}\n" });
      // What was compiled in between, and how, does not show.
      built.push(await buildTelling(one, { CARGO_INCREMENTAL: "1" }));
      assert.deepEqual(built.map(({ digest }) => digest), Array(3).fill(built[0]?.digest));
      for (const { stderr } of built) assert.doesNotMatch(stderr, /names the folder/);
    }),
);

await requiring(
  firstLacking(lackingProgram("cargo"), musl),
  "`--reproducible` tells of a folder that no flag keeps out",
  () =>
    withTemporaryFolder(async (folder) => {
      const { stderr } = await buildTelling(folder, {}, {
        "app/Cargo.toml": '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n',
        "app/src/main.rs": 'fn main() { println!(env!("CARGO_MANIFEST_DIR")); }\n',
      });
      assert.match(
        stderr,
        /warning: "app" names the folder ".*\/app": built in another, it is another program/,
      );
    }),
);

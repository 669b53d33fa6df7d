// The ladder of linkers with real toolchains: each rung that this machine has, with C code and without.
import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { checkLinkage } from "../../src/build/check_linkage.ts";
import type { Executable } from "../../src/cargo/cargo.ts";
import { targetTriple } from "../../src/cargo/target.ts";
import { muslHeaders } from "../../src/cargo/compilers.ts";
import { which } from "../../src/cargo/which.ts";
import { KrustError } from "../../src/core/error.ts";
import { sha256 } from "../../src/core/digest.ts";
import { fileBody, isFolder } from "../../src/core/files.ts";
import { bytesOf, collect } from "../../src/core/streams.ts";
import { type TarEntry, writeTar } from "../../src/core/tar.ts";
import { emptyImage } from "../../src/image/mutate.ts";
import { MEDIA_TYPE } from "../../src/oci/media_type.ts";
import { parsePlatform } from "../../src/oci/platform.ts";
import { memoryStore } from "../support/memory_store.ts";
import {
  firstLacking,
  type Lacking,
  lackingProgram,
  requiring,
  wishing,
} from "../support/require.ts";
import {
  type BuildOptions,
  FOREIGN,
  lackingStd,
  NATIVE,
  output,
  type RealProject,
  withProject,
} from "./cargo_toolchain.ts";

const PATH = Deno.env.get("PATH") ?? "";
const HERE = { env: (name: string) => name === "PATH" ? PATH : undefined, cwd: Deno.cwd() };
const MUSL = targetTriple(parsePlatform(FOREIGN), "musl");
const [ARCHITECTURE = ""] = MUSL.split("-");
const CROSS = `${ARCHITECTURE}-linux-musl-gcc`;
const QEMU = `qemu-${ARCHITECTURE}-static`;

const native = await lackingStd(NATIVE, "musl");
const both = firstLacking(native, await lackingStd(FOREIGN, "musl"));
const run = firstLacking(both, lackingProgram(QEMU));

const manifest = (name: string, more = ""): string =>
  `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${more}`;

const PURE = {
  "Cargo.toml": manifest("app"),
  "src/main.rs": 'fn main() { println!("pure") }\n',
};

/** A crate that compiles C by the variables that the real `cc` crate reads, and needs no network. */
const WITH_C = {
  "Cargo.toml": manifest("app", '[dependencies]\nadder-sys = { path = "adder-sys" }\n'),
  "src/main.rs": 'fn main() { println!("{}", adder_sys::sum(40, 2)) }\n',
  "adder-sys/Cargo.toml": manifest("adder-sys", '[build-dependencies]\ncc = { path = "../cc" }\n'),
  "adder-sys/build.rs": 'fn main() { cc::compile("adder.c", "adder") }\n',
  "adder-sys/adder.c":
    "#include <stdlib.h>\n#include <string.h>\nint add(int a, int b) { char *x = malloc(8); memset(x, b, 8); b = x[7]; free(x); return a + b; }\n",
  "adder-sys/src/lib.rs":
    'extern "C" { fn add(a: i32, b: i32) -> i32; }\npub fn sum(a: i32, b: i32) -> i32 { unsafe { add(a, b) } }\n',
  "cc/Cargo.toml": manifest("cc"),
  "cc/src/lib.rs": `
    use std::{env, process::Command};
    fn tool(kind: &str, fallback: &str) -> Vec<String> {
      let target = env::var("TARGET").unwrap().replace('-', "_");
      let text = env::var(format!("{kind}_{target}")).unwrap_or_else(|_| fallback.into());
      text.split_whitespace().map(String::from).collect()
    }
    fn run(tool: &[String], args: &[&str]) {
      assert!(Command::new(&tool[0]).args(&tool[1..]).args(args).status().unwrap().success());
    }
    pub fn compile(source: &str, name: &str) {
      let out = env::var("OUT_DIR").unwrap();
      let object = format!("{out}/{name}.o");
      run(&tool("CC", "no-compiler-was-named"), &["-c", "-O1", "-fPIC", source, "-o", &object]);
      run(&tool("AR", "ar"), &["crs", &format!("{out}/lib{name}.a"), &object]);
      println!("cargo:rustc-link-search=native={out}\\ncargo:rustc-link-lib=static={name}");
    }`,
};

async function one(project: RealProject, options?: BuildOptions): Promise<Executable> {
  const [[executable] = []] = await project.build({ profile: "release", ...options });
  return executable ?? assert.fail("no executable");
}

/** The line of -v about a rung. */
function rung({ report }: RealProject, name: string): string {
  return report.messages.findLast((text) => text.startsWith(`debug:   ${name}: `)) ?? "";
}

await requiring(
  native,
  "nothing but Rust links for this machine: no C compiler on PATH",
  async () => {
    await withProject(PURE, async (project) => {
      const { path, elf } = await one(project);
      assert.deepEqual([elf.interpreter, elf.needed], [undefined, []]);
      assert.equal(await output(path), "pure\n");
      assert.match(rung(project, "cc"), /passed over: no cc on PATH/);
      assert.match(rung(project, "rust-lld"), /chosen: /);
    }, { PATH: await rustAlone() });
  },
);

await requiring(run, "nothing but Rust links for another processor", async () => {
  await withProject(PURE, async (project) => {
    const { path, elf } = await one(project, { platforms: [FOREIGN] });
    assert.deepEqual([elf.machine, elf.interpreter, elf.needed], [ARCHITECTURE, undefined, []]);
    assert.match(rung(project, "rust-lld"), /chosen: /);
    assert.equal(await output(QEMU, path), "pure\n");
  }, { PATH: await rustAlone() });
});

await requiring(
  firstLacking(native, lackingProgram("musl-gcc")),
  "this machine's cc links what musl-gcc compiled",
  async () => {
    await withProject(WITH_C, async (project) => {
      const { path, elf } = await one(project);
      assert.deepEqual([elf.interpreter, elf.needed], [undefined, []]);
      assert.equal(await output(path), "42\n");
      assert.match(rung(project, "cc"), /chosen: cc/);
      // The compiler is named again, or the build script would run again.
      const before = project.report.messages.length;
      await one(project);
      const after = project.report.messages.slice(before).join("\n");
      assert.doesNotMatch(after, /Compiling/);
    });
  },
);

await requiring(
  both,
  "C that nothing compiles is likely to fail, and that is said first",
  async () => {
    await withProject(WITH_C, async (project) => {
      await assert.rejects(one(project, { platforms: [FOREIGN] }), (error) => {
        assert.ok(error instanceof KrustError);
        assert.equal(error.code, "cargo-failed");
        return true;
      });
      const [warning] = project.report.messages.filter((text) => text.startsWith("warn: "));
      assert.match(
        warning ?? "",
        /crate adder-sys 0\.1\.0 is likely to compile C .*\(app → adder-sys\)/,
      );
      assert.match(warning ?? "", /zig: no cargo-zigbuild on PATH; clang: no clang on PATH/);
    }, { PATH: await rustAlone("cc", "ar", "as", "ld") });
  },
);

for (
  const [name, lacking, without] of [
    ["cross-gcc", lackingProgram(CROSS), []],
    ["zig", firstLacking(lackingProgram("cargo-zigbuild"), await lackingZig()), [CROSS]],
    ["clang", firstLacking(lackingProgram("clang"), await lackingHeaders()), [
      CROSS,
      "cargo-zigbuild",
    ]],
  ] as const
) {
  wishing(firstLacking(run, lacking), `${name} compiles C for another processor`, async () => {
    await withProject(WITH_C, async (project) => {
      const { path, elf } = await one(project, { platforms: [FOREIGN] });
      assert.deepEqual([elf.machine, elf.interpreter, elf.needed], [ARCHITECTURE, undefined, []]);
      assert.match(rung(project, name), /: chosen: /);
      assert.equal(await output(QEMU, path), "42\n");
    }, { PATH: await pathWithout(without) });
  });
}

await requiring(
  await lackingStd(NATIVE, "gnu"),
  "a program for glibc is held against the libraries of its base",
  async () => {
    await withProject(PURE, async (project) => {
      const executable = await one(project, { libc: "gnu-dynamic" });
      const { elf, path } = executable;
      assert.ok(elf.interpreter !== undefined && elf.needed.includes("libc.so.6"));
      assert.ok(elf.versions?.["libc.so.6"]?.some((version) => version.startsWith("GLIBC_2.")));
      assert.equal(await output(path), "pure\n");
      const store = memoryStore();
      const paths = [elf.interpreter, ...await librariesOf(path)];
      await checkLinkage([executable], await baseOf(paths), "here", { store });
      const without = paths.filter((each) => !each.endsWith("/libc.so.6"));
      await assert.rejects(
        checkLinkage([executable], await baseOf(without), "there", { store }),
        /cannot run on .*: libc\.so\.6, absent in base "there"/,
      );
    });
  },
);

/** The libraries that the loader takes for a program, as it says itself. */
async function librariesOf(path: string): Promise<readonly string[]> {
  const said = await output("ldd", path);
  return [...said.matchAll(/=> (\/\S+) \(/g)].map(([, found = ""]) => found);
}

async function baseOf(paths: readonly string[]) {
  const entries = await Promise.all(paths.map(async (path): Promise<TarEntry> => {
    const { size } = await Deno.stat(path);
    const body = fileBody(path, size);
    return { path: path.slice(1), type: "file", mode: 0o755, mtime: 0, body };
  }));
  const raw = await collect(writeTar(entries), 1e8, "base");
  const digest = sha256(raw);
  const layer = {
    descriptor: { mediaType: MEDIA_TYPE.layer, digest, size: raw.length },
    diffID: digest,
    open: () => Promise.resolve(bytesOf(raw)),
  };
  return { ...emptyImage(parsePlatform(NATIVE)), layers: [layer] };
}

async function lackingHeaders(): Promise<Lacking> {
  const folders = muslHeaders(parsePlatform(FOREIGN));
  const found = await Promise.all(folders.map(isFolder));
  return found.includes(true) ? undefined : `no headers of musl for ${ARCHITECTURE}`;
}

async function lackingZig(): Promise<Lacking> {
  if (lackingProgram("zig") === undefined) return undefined;
  const python = new Deno.Command("python3", {
    args: ["-m", "ziglang", "version"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  const found = await python.output().then(({ code }) => code === 0, () => false);
  return found ? undefined : "no zig on PATH, nor ziglang in Python";
}

/** PATH without the folders that hold one of some programs. */
async function pathWithout(programs: readonly string[]): Promise<string> {
  const kept: string[] = [];
  for (const folder of PATH.split(delimiter)) {
    const host = { ...HERE, env: () => folder };
    const found = await Promise.all(programs.map((program) => which(program, host)));
    if (found.every((each) => each === undefined)) kept.push(folder);
  }
  return kept.join(delimiter);
}

const folders = new Map<string, string>();
globalThis.addEventListener("unload", () => {
  for (const folder of folders.values()) Deno.removeSync(folder, { recursive: true });
});

/** A PATH with cargo's programs and no others but those named. */
async function rustAlone(...names: readonly string[]): Promise<string> {
  const key = names.join(" ");
  const known = folders.get(key);
  if (known !== undefined) return known;
  const folder = await Deno.makeTempDir();
  for (const name of ["cargo", "rustc", ...names]) {
    const path = await which(name, HERE);
    if (path !== undefined) await Deno.symlink(path, join(folder, name));
  }
  folders.set(key, folder);
  return folder;
}

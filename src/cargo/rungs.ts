// The six rungs of the ladder of linkers. Each looks at PATH, and runs a program only where C code
// makes it matter. None asks the user anything, and none installs anything.
import { isFolder } from "../core/files.ts";
import { archiverBeside, crossCompilers, cxxBeside, isNative, muslHeaders } from "./compilers.ts";
import { ifThere } from "./optional_program.ts";
import {
  type CompilerNeed,
  type Compilers,
  type Lack,
  type LadderHost,
  type LinkerChoice,
  type LinkerQuestion,
  type RungTrial,
  userCompiler,
  type Verdict,
} from "./rung.ts";
import { isSpecsWrapper, which } from "./which.ts";

/** All rungs, the first to be tried first. */
export const RUNGS: readonly RungTrial[] = [
  { name: "configured", attempt: configured },
  { name: "cc", attempt: hostCompiler },
  { name: "cross-gcc", attempt: crossCompiler },
  { name: "rust-lld", attempt: rustLld },
  { name: "zig", attempt: zig },
  { name: "clang", attempt: clang },
];

/** What the user chose: cargo's variable, krust's configuration, cargo's files, flags of rustc. */
async function configured(question: LinkerQuestion, host: LadderHost): Promise<Verdict> {
  const found = configuredLinker(question);
  if (found === undefined) return "no configuration names a linker";
  return { rung: "configured", ...found, ...await compilersBeside(found.program, question, host) };
}

function configuredLinker(
  { configuration, configured: ours }: LinkerQuestion,
): Pick<LinkerChoice, "program" | "tell" | "why"> | undefined {
  const { linker: theirs, rustflags } = configuration;
  if (theirs?.setBy.startsWith("CARGO_TARGET_") === true) {
    return { program: theirs.program, why: `set by ${theirs.setBy}` };
  }
  if (ours !== undefined) {
    return { program: ours, tell: ours, why: "set in krust's configuration" };
  }
  if (theirs !== undefined) return { program: theirs.program, why: `set in ${theirs.setBy}` };
  const inFlags = linkerInFlags(rustflags);
  return inFlags === undefined
    ? undefined
    : { program: inFlags, why: "set in the flags for rustc" };
}

/** The linker that the user's own flags for rustc name: `-C linker=x`, `-Clinker=x`. */
function linkerInFlags(flags: readonly string[]): string | undefined {
  const found = flags.findLast((flag) => /^(?:-C|--codegen=)?linker=/.test(flag));
  return found?.slice(found.indexOf("linker=") + "linker=".length);
}

/** Which compilers go with a linker that the user chose. */
async function compilersBeside(
  linker: string,
  question: LinkerQuestion,
  host: LadderHost,
): Promise<Pick<LinkerChoice, "compilers" | "lack">> {
  const { libc, configuration: { target }, need } = question;
  if (need === "none" || userCompiler("CC", target, host) !== undefined) return { compilers: {} };
  // The cc crate takes its compiler from the linker's name, headers of the wrong C library and all.
  const foreign = libc === "musl" && /-linux-gnu[a-z]*-(gcc|cc|clang)$/.test(linker);
  const drives = /(^|[/-])(gcc|cc|clang)$/.test(linker) && !foreign;
  const suited = drives && (libc === "gnu" || linker.includes("musl")) ? linker : undefined;
  const compiler = suited ?? await firstThere(muslCompilers(question, host), host);
  if (compiler !== undefined) return await withCompiler(compiler, need, host);
  if (libc === "gnu" && drives) return { compilers: {} };
  const reason = foreign
    ? `${linker} compiles against glibc's headers`
    : `${linker} is not known to compile C for ${target}`;
  return { compilers: {}, lack: { reason, perhaps: true } };
}

/** Compilers of C for musl that are looked for, by name. */
function muslCompilers({ platform, libc }: LinkerQuestion, host: LadderHost): readonly string[] {
  const names = crossCompilers(platform, libc);
  return libc === "musl" && isNative(platform, host) ? [...names, "musl-gcc"] : names;
}

async function firstThere(
  names: readonly string[],
  host: LadderHost,
): Promise<string | undefined> {
  for (const name of names) if (await which(name, host) !== undefined) return name;
  return undefined;
}

/** What a compiler compiles: C++ where one for it lies beside it. */
async function withCompiler(
  compiler: string,
  need: CompilerNeed,
  host: LadderHost,
): Promise<{ readonly compilers: Compilers; readonly lack?: Lack }> {
  const there = async (name: string | undefined): Promise<string | undefined> =>
    name !== undefined && await which(name, host) !== undefined ? name : undefined;
  const CXX = await there(cxxBeside(compiler));
  const AR = await there(archiverBeside(compiler));
  const compilers = {
    CC: compiler,
    ...(CXX === undefined ? {} : { CXX }),
    ...(AR === undefined ? {} : { AR }),
  };
  if (need !== "c++" || CXX !== undefined) return { compilers };
  return { compilers, lack: { reason: `${compiler} compiles no C++`, perhaps: false } };
}

/** This machine's own `cc` (or clang where there is none), for its own processor. */
async function hostCompiler(question: LinkerQuestion, host: LadderHost): Promise<Verdict> {
  const { platform } = question;
  if (!isNative(platform, host)) return `makes programs for ${host.os}/${host.architecture}`;
  const found = await firstThere(["cc", "gcc", "clang"], host);
  if (found === undefined) return "no cc on PATH";
  return {
    rung: "cc",
    program: found,
    // rustc asks for `cc` by itself.
    ...(found === "cc" ? {} : { tell: found }),
    why: "this machine's own architecture",
    ...await nativeCompilers(found, question, host),
  };
}

async function nativeCompilers(
  program: string,
  question: LinkerQuestion,
  host: LadderHost,
): Promise<Pick<LinkerChoice, "compilers" | "lack">> {
  const { libc, need, configuration: { target } } = question;
  if (need === "none" || userCompiler("CC", target, host) !== undefined) return { compilers: {} };
  if (libc === "gnu") return { compilers: {} };
  const compiler = await firstThere(muslCompilers(question, host), host);
  if (compiler !== undefined) return await withCompiler(compiler, need, host);
  const machine = await ifThere(host.run({ program, args: ["-dumpmachine"] }));
  if (machine?.stdout.includes("musl") === true) return await withCompiler(program, need, host);
  return {
    compilers: {},
    lack: {
      reason: `${program} compiles against glibc's headers, and there is no musl-gcc`,
      perhaps: false,
    },
  };
}

/** A GNU-style cross compiler on PATH. */
async function crossCompiler(question: LinkerQuestion, host: LadderHost): Promise<Verdict> {
  const { platform, libc, need, configuration: { target } } = question;
  const candidates = crossCompilers(platform, libc);
  const program = await firstThere(candidates, host);
  if (program === undefined) return `no ${candidates.join(" or ")} on PATH`;
  const path = await which(program, host);
  // Debian's wrapper of gcc leaves musl's loader in what it links as a position-independent program.
  if (isNative(platform, host) && path !== undefined && await isSpecsWrapper(path)) {
    return `${program} is a wrapper of gcc that leaves a dynamic loader in`;
  }
  const given = need === "none" || userCompiler("CC", target, host) !== undefined;
  const beside = given ? { compilers: {} } : await withCompiler(program, need, host);
  return { rung: "cross-gcc", program, tell: program, why: "on PATH", ...beside };
}

/** Rust's own linker, with the start-up objects and the libc that musl's std brings. */
async function rustLld(question: LinkerQuestion, host: LadderHost): Promise<Verdict> {
  const { libc } = question;
  if (libc !== "musl") return "brings no glibc to link with";
  const comes = await question.hasRustLld();
  const program = comes ? "rust-lld" : await firstThere(["ld.lld"], host);
  if (program === undefined) return "does not come with this Rust, and no ld.lld is on PATH";
  return {
    rung: "rust-lld",
    program,
    tell: program,
    why: comes ? "comes with Rust" : "this Rust has no rust-lld",
    ...noCompiler(question, host),
  };
}

function noCompiler(
  { need, configuration: { target } }: LinkerQuestion,
  host: LadderHost,
): Pick<LinkerChoice, "compilers" | "lack"> {
  if (need === "none" || userCompiler("CC", target, host) !== undefined) return { compilers: {} };
  return { compilers: {}, lack: { reason: "it compiles no C", perhaps: false } };
}

/** `cargo zigbuild`: compilers, headers and C libraries for every target. */
async function zig(question: LinkerQuestion, host: LadderHost): Promise<Verdict> {
  const { libc, dynamic = false } = question;
  if (libc === "gnu" && !dynamic) return "zig has no static glibc";
  const hasZig = host.env("CARGO_ZIGBUILD_ZIG_PATH") !== undefined ||
    await which("zig", host) !== undefined;
  if (await which("cargo-zigbuild", host) === undefined) {
    return hasZig
      ? "zig is there, but no cargo-zigbuild: cargo install --locked cargo-zigbuild"
      : "no cargo-zigbuild on PATH";
  }
  if (!hasZig && !await hasPythonZig(host)) return "cargo-zigbuild is there, but no zig";
  return {
    rung: "zig",
    program: "cargo-zigbuild",
    why: "compiles C for every target",
    compilers: {},
  };
}

/** Whether there is the zig of PyPI, which has no program of its own. */
async function hasPythonZig(host: LadderHost): Promise<boolean> {
  const program = host.env("CARGO_ZIGBUILD_PYTHON_PATH") || "python3";
  const result = await ifThere(host.run({ program, args: ["-m", "ziglang", "version"] }));
  return result?.status === 0;
}

/** clang, which compiles for every target that has headers, with lld, which links them all. */
async function clang(question: LinkerQuestion, host: LadderHost): Promise<Verdict> {
  const { libc, platform, configuration: { target } } = question;
  if (libc !== "musl") return "brings no glibc to link with";
  const program = await firstThere(["clang"], host);
  if (program === undefined) return "no clang on PATH";
  const lld = await question.hasRustLld() ? "rust-lld" : await firstThere(["ld.lld"], host);
  if (lld === undefined) return "clang is there, but no lld";
  const AR = await firstThere(["llvm-ar"], host);
  if (host.os === "darwin" && AR === undefined) {
    return "clang is there, but no llvm-ar: Apple's ar packs no Linux objects";
  }
  const headers = await firstFolder(muslHeaders(platform));
  // Never this machine's own headers: they are glibc's, and for its own processor.
  const options = headers === undefined ? "" : ` -isystem ${headers}`;
  const CC = `${program} --target=${target} -nostdlibinc${options}`;
  const lack = clangLack(question, headers);
  return {
    rung: "clang",
    program: lld,
    tell: lld,
    why: "clang compiles C, lld links",
    compilers: { CC, ...(AR === undefined ? {} : { AR }) },
    ...(lack === undefined ? {} : { lack }),
  };
}

function clangLack(
  { need, configuration: { target } }: LinkerQuestion,
  headers: string | undefined,
): Lack | undefined {
  if (need === "c++") return { reason: "clang has no C++ library for the target", perhaps: false };
  // ring and its like take no header of a C library.
  return headers === undefined
    ? { reason: `clang finds no headers of musl for ${target}`, perhaps: true }
    : undefined;
}

async function firstFolder(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await isFolder(path)) return path;
  return undefined;
}

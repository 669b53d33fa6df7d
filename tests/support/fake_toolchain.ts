// Stand-ins for cargo, rustc and rustup as programs of a fake host. cargo "compiles" a source by making
// a tiny executable that ends with the source's own bytes: another source, another digest.
//
// What a source says decides what becomes of it:
//   compile_error!("…")      the build fails, as with the real compiler
//   // fake: dynamic         the executable asks for a loader
//   // fake: machine NAME    the executable is for another processor
import { dirname, join, resolve } from "node:path";
import type { FakeProgram, ProgramCall } from "./fake_host.ts";
import {
  CargoRefusal,
  type FakePackage,
  type FakeTarget,
  type FakeWorkspace,
  readWorkspace,
} from "./fake_workspace.ts";
import { type Machine, tinyElf } from "./tiny_elf.ts";

/** What is installed. */
export interface FakeToolchainOptions {
  /** A folder of its own, absolute, where rustc's libraries lie. */
  readonly sysroot: string;
  /** Targets that are there from the start; by default both musl targets of 64 bits. */
  readonly targets?: readonly string[];
  /** Targets that `rustup target add` can get; none by default, as without a network. */
  readonly addable?: readonly string[];
}

const DEFAULT_TARGETS = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"];

/** The three programs. */
export function fakeToolchain(
  options: FakeToolchainOptions,
): Readonly<Record<string, FakeProgram>> {
  const { sysroot } = options;
  for (const target of options.targets ?? DEFAULT_TARGETS) install(sysroot, target);
  return { cargo: fakeCargo(), rustc: fakeRustc(sysroot), rustup: fakeRustup(options) };
}

/** cargo: `metadata`, `tree`, `build` and `--version`. */
export function fakeCargo(): FakeProgram {
  return (call) => {
    const [command] = call.args;
    try {
      if (command === "metadata") return metadata(call);
      if (command === "build") return build(call);
      if (command === "tree") return tree(call);
      if (command === "--version") {
        call.out("cargo 1.90.0\n");
        return 0;
      }
    } catch (error) {
      if (!(error instanceof CargoRefusal)) throw error;
      call.err(error.message);
      return 101;
    }
    call.err(`error: no such command: \`${command}\`\n`);
    return 101;
  };
}

/** rustc: `--print target-libdir`, and which machine it is for. */
export function fakeRustc(sysroot: string): FakeProgram {
  return (call) => {
    const target = optionOf(call.args, "--target");
    if (optionOf(call.args, "--print") === "target-libdir" && target !== undefined) {
      call.out(`${libraries(sysroot, target)}\n`);
      return 0;
    }
    if (call.args.some((arg) => arg === "-vV" || arg === "-V" || arg === "--version")) {
      call.out("rustc 1.90.0\nhost: x86_64-unknown-linux-gnu\nrelease: 1.90.0\n");
      return 0;
    }
    call.err(`error: the fake rustc does not know: ${call.args.join(" ")}\n`);
    return 1;
  };
}

/** rustup: `target add`, and which toolchain is active. */
export function fakeRustup({ sysroot, addable = [] }: FakeToolchainOptions): FakeProgram {
  return (call) => {
    const [first, second, target = ""] = call.args;
    if (first === "--version" || second === "active-toolchain") {
      call.out(
        first === "show" ? "stable-x86_64-unknown-linux-gnu (default)\n" : "rustup 1.29.0\n",
      );
      return 0;
    }
    if (first === "target" && second === "add" && addable.includes(target)) {
      install(sysroot, target);
      return 0;
    }
    call.err("error: could not download file: could not reach its host\n");
    return 1;
  };
}

function libraries(sysroot: string, target: string): string {
  return join(sysroot, "lib/rustlib", target, "lib");
}

function install(sysroot: string, target: string): void {
  const tools = join(sysroot, "lib/rustlib/x86_64-unknown-linux-gnu/bin");
  Deno.mkdirSync(tools, { recursive: true });
  Deno.writeTextFileSync(join(tools, "rust-lld"), "");
  Deno.mkdirSync(libraries(sysroot, target), { recursive: true });
}

function folderOf(call: ProgramCall): string {
  const manifest = optionOf(call.args, "--manifest-path");
  return manifest === undefined ? call.cwd : dirname(resolve(call.cwd, manifest));
}

function targetFolder(call: ProgramCall, workspace: FakeWorkspace): string {
  return optionOf(call.args, "--target-dir") ?? call.env("CARGO_TARGET_DIR") ??
    join(workspace.root, "target");
}

function metadata(call: ProgramCall): number {
  const workspace = readWorkspace(folderOf(call));
  call.out(`${
    JSON.stringify({
      packages: workspace.packages.map(describe),
      workspace_members: workspace.packages.map(({ id }) => id),
      workspace_default_members: workspace.defaults.map(({ id }) => id),
      workspace_root: workspace.root,
      target_directory: targetFolder(call, workspace),
      version: 1,
      resolve: null,
      metadata: workspace.metadata,
    })
  }\n`);
  return 0;
}

/** Packages here stand on nothing, so each is a tree of its own. */
function tree(call: ProgramCall): number {
  const spec = optionOf(call.args, "--package") ?? "";
  call.out(`${spec.replace("@", " v")}\n`);
  return 0;
}

function describe({ id, manifestPath, facts, targets }: FakePackage): unknown {
  const { "default-run": defaultRun, ...rest } = facts;
  return {
    description: null,
    license: null,
    repository: null,
    homepage: null,
    documentation: null,
    metadata: null,
    ...rest,
    id,
    manifest_path: manifestPath,
    default_run: defaultRun ?? null,
    source: null,
    dependencies: [],
    features: {},
    targets: targets.map(describeTarget),
  };
}

function describeTarget({ kind, name, path }: FakeTarget): unknown {
  const crate = kind === "lib" ? "lib" : "bin";
  return { kind: [kind], crate_types: [crate], name, src_path: path, edition: "2021" };
}

function build(call: ProgramCall): number {
  const workspace = readWorkspace(folderOf(call));
  const wanted = selected(call.args, workspace);
  const triples = optionsOf(call.args, "--target");
  const profile = optionOf(call.args, "--profile") ??
    (call.args.includes("--release") ? "release" : "dev");
  for (const [owner, target] of wanted) {
    const { name, version } = owner.facts;
    call.err(`   Compiling ${name} v${version} (${dirname(owner.manifestPath)})\n`);
    const source = Deno.readTextFileSync(target.path);
    const failure = /^\s*compile_error!\("([^"]*)"\)/m.exec(source);
    if (failure !== null) return compileError(call, owner, target, failure[1] ?? "");
    for (const triple of triples.length === 0 ? [undefined] : triples) {
      const folder = join(
        targetFolder(call, workspace),
        triple ?? "",
        profile === "dev" ? "debug" : profile,
        target.kind === "example" ? "examples" : "",
      );
      artifact(call, owner, target, compile(folder, target, triple, source));
    }
  }
  call.out(`${JSON.stringify({ reason: "build-finished", success: true })}\n`);
  call.err(`    Finished \`${profile}\` profile [optimized] target(s) in 0.01s\n`);
  return 0;
}

/** What is built, as cargo chooses: everything of the default packages unless something is named. */
function selected(
  args: readonly string[],
  workspace: FakeWorkspace,
): readonly (readonly [FakePackage, FakeTarget])[] {
  const packages = [...optionsOf(args, "-p"), ...optionsOf(args, "--package")]
    .map((spec) => spec.replace(/^.*#/, "").replace(/@.*$/, ""));
  const owners = packages.length === 0
    ? workspace.defaults
    : workspace.packages.filter(({ facts }) => packages.includes(facts.name));
  if (owners.length === 0) {
    throw new CargoRefusal(
      `error: package ID specification \`${packages}\` did not match any packages\n`,
    );
  }
  const all = owners.flatMap((owner) => owner.targets.map((target) => [owner, target] as const));
  const named = (["bin", "example"] as const).flatMap((kind) =>
    optionsOf(args, `--${kind}`).map((name) => ({ kind, name }))
  );
  if (named.length === 0) return all.filter(([, { kind }]) => kind === "bin");
  return named.map(({ kind, name }) => {
    const found = all.find(([, target]) => target.kind === kind && target.name === name);
    if (found === undefined) throw new CargoRefusal(`error: no ${kind} target named \`${name}\`\n`);
    return found;
  });
}

function compile(
  folder: string,
  target: FakeTarget,
  triple: string | undefined,
  source: string,
): string {
  const machine = /^\/\/ fake: machine (\S+)$/m.exec(source)?.[1] ?? triple?.split("-")[0];
  const elf = tinyElf({
    machine: machineOf(machine),
    prints: `this is ${target.name}\n`,
    ...(/^\/\/ fake: dynamic$/m.test(source) ? { interpreter: "/lib64/ld-linux-x86-64.so.2" } : {}),
  });
  Deno.mkdirSync(folder, { recursive: true });
  const path = join(folder, target.name);
  Deno.writeFileSync(path, new Uint8Array([...elf, ...new TextEncoder().encode(source)]));
  Deno.chmodSync(path, 0o755);
  return path;
}

function machineOf(name: string | undefined): Machine {
  if (name === undefined) return "x86_64";
  if (/^armv?\d?/.test(name)) return "arm";
  const known = ["x86_64", "aarch64", "i686", "powerpc64le", "s390x"] as const;
  return known.find((machine) => machine === name) ??
    (name.startsWith("riscv64") ? "riscv64" : "x86_64");
}

function artifact(
  call: ProgramCall,
  owner: FakePackage,
  target: FakeTarget,
  executable: string,
): void {
  call.out(`${
    JSON.stringify({
      reason: "compiler-artifact",
      package_id: owner.id,
      manifest_path: owner.manifestPath,
      target: describeTarget(target),
      profile: { opt_level: "3", debuginfo: 0, debug_assertions: false, test: false },
      features: [],
      filenames: [executable],
      executable,
      fresh: false,
    })
  }\n`);
}

function compileError(
  call: ProgramCall,
  owner: FakePackage,
  target: FakeTarget,
  message: string,
): number {
  call.err(`error: ${message}\n --> ${target.path}:1:1\n\n`);
  call.err(
    `error: could not compile \`${owner.facts.name}\` (bin "${target.name}") due to 1 previous error\n`,
  );
  call.out(`${JSON.stringify({ reason: "build-finished", success: false })}\n`);
  return 101;
}

/** The values of an option, as `--name value` and `--name=value`. */
function optionsOf(args: readonly string[], name: string): readonly string[] {
  return args.flatMap((arg, index) => {
    if (arg.startsWith(`${name}=`)) return [arg.slice(name.length + 1)];
    const value = args[index + 1];
    return arg === name && value !== undefined ? [value] : [];
  });
}

function optionOf(args: readonly string[], name: string): string | undefined {
  return optionsOf(args, name).at(-1);
}

// A project in a temporary folder, and a toolchain that is functions, for tests of what runs cargo.
import { join } from "node:path";
import type { CargoPlan, Project } from "../../../src/cargo/cargo.ts";
import type { CargoContext, PlatformSettings } from "../../../src/cargo/context.ts";
import { Once } from "../../../src/core/once.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";
import {
  type FakeHost,
  fakeHost,
  type FakeProgram,
  type ProgramCall,
} from "../../support/fake_host.ts";
import { type RecordedReport, recordedReport } from "../../support/recorded_report.ts";
import { tinyElf } from "../../support/tiny_elf.ts";

/** What is there and what the programs do. */
export interface FixtureOptions {
  /** Targets whose std is installed. */
  readonly installed?: readonly string[];
  /** `cargo build`; makes programs of the right machine if not given. */
  readonly cargo?: (call: ProgramCall, fixture: Fixture) => number | Promise<number>;
  /** Further programs; `rustup: undefined` takes one away. */
  readonly programs?: Readonly<Record<string, FakeProgram | undefined>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly platformConfig?: Readonly<Record<string, PlatformSettings>>;
  readonly passThrough?: boolean;
  readonly binaries?: readonly string[];
  /** Programs on PATH, beside those of `programs`; `cc` if not given. */
  readonly there?: readonly string[];
  /** Whether the toolchain has a rust-lld; it has if not given. */
  readonly rustLld?: boolean;
  /** Names in Cargo.lock beside the package's own; undefined where there is no Cargo.lock. */
  readonly locked?: readonly string[] | undefined;
}

/** What a test works with. */
export interface Fixture {
  readonly folder: string;
  readonly context: CargoContext;
  readonly host: FakeHost;
  readonly report: RecordedReport;
  readonly project: Project;
  /** Makes a target's std be there. */
  install(target: string): Promise<void>;
  /** Tells of a program as cargo does, made of `bytes`. */
  artifact(call: ProgramCall, target: string, name: string, bytes?: Uint8Array): Promise<void>;
}

/** Runs a test with a fixture, and removes its folder. */
export async function withFixture(
  options: FixtureOptions,
  test: (fixture: Fixture) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await test(await makeFixture(folder, options));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A plan for platforms by name. */
export function planFor(...platforms: readonly string[]): CargoPlan {
  return {
    platforms: platforms.map(parsePlatform),
    libc: "musl",
    profile: "release",
    offline: false,
    args: [],
  };
}

/** The values of an option in arguments. */
export function valuesOf(args: readonly string[], option: string): readonly string[] {
  return args.flatMap((arg, index) => args[index - 1] === option ? [arg] : []);
}

async function makeFixture(folder: string, options: FixtureOptions): Promise<Fixture> {
  const report = { ...recordedReport(), passThrough: options.passThrough ?? false };
  const libraries = (target: string): string => join(folder, "rustlib", target, "lib");
  const programs: Record<string, FakeProgram | undefined> = {
    cargo: (call) => (options.cargo ?? makeAll)(call, fixture),
    rustc: (call) => {
      const [target = ""] = valuesOf(call.args, "--target");
      call.out(call.args.includes("cfg") ? "unix\n" : `${libraries(target)}\n`);
      return 0;
    },
    rustup: (call) => {
      call.err("info: downloading\nerror: could not reach its host\n");
      return 1;
    },
    ...options.programs,
  };
  const present = Object.entries(programs).flatMap(([name, program]) =>
    program === undefined ? [] : [[name, program] as const]
  );
  await layOut(folder, options);
  const env = { PATH: join(folder, "bin"), ...options.env };
  const host = fakeHost({ cwd: folder, programs: Object.fromEntries(present), env });
  const project: Project = {
    directory: folder,
    manifestPath: join(folder, "Cargo.toml"),
    workspaceRoot: folder,
    targetDirectory: join(folder, "target"),
    package: { name: "app", version: "0.1.0", authors: [] },
    binaries: options.binaries ?? ["app"],
    example: false,
  };
  const fixture: Fixture = {
    folder,
    host,
    report,
    project,
    context: {
      host,
      report,
      cargoProgram: "cargo",
      platformConfig: options.platformConfig ?? {},
      installedTargets: new Once(),
    },
    install: (target) => Deno.mkdir(libraries(target), { recursive: true }),
    artifact: async (call, target, name, bytes = tinyElf(machineOf(target))) => {
      const path = join(folder, "target", target, "release", name);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      await Deno.writeFile(path, bytes);
      const message = {
        reason: "compiler-artifact",
        manifest_path: project.manifestPath,
        target: { kind: ["bin"], name },
        executable: path,
      };
      call.out(`${JSON.stringify(message)}\n`);
    },
  };
  for (const target of options.installed ?? []) await fixture.install(target);
  return fixture;
}

/** Puts files where the toolchain's programs, its linker and the lock file belong. */
async function layOut(folder: string, options: FixtureOptions): Promise<void> {
  const tools = join(folder, "rustlib/x86_64-unknown-linux-gnu/bin");
  for (const path of [join(folder, "bin"), tools]) await Deno.mkdir(path, { recursive: true });
  for (const name of options.there ?? ["cc"]) {
    await Deno.writeTextFile(join(folder, "bin", name), "", { mode: 0o755 });
  }
  if (options.rustLld ?? true) await Deno.writeTextFile(join(tools, "rust-lld"), "");
  const locked = "locked" in options ? options.locked : [];
  if (locked === undefined) return;
  const packages = ["app", ...locked].map((name) => `[[package]]\nname = "${name}"\n`);
  await Deno.writeTextFile(join(folder, "Cargo.lock"), packages.join("\n"));
}

async function makeAll(call: ProgramCall, fixture: Fixture): Promise<number> {
  for (const target of valuesOf(call.args, "--target")) {
    for (const name of valuesOf(call.args, "--bin")) await fixture.artifact(call, target, name);
  }
  return 0;
}

function machineOf(target: string): { readonly machine: "x86_64" | "aarch64" } {
  return { machine: target.startsWith("aarch64") ? "aarch64" : "x86_64" };
}

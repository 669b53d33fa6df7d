// The real toolchain for tests that compile: which it is, what it lacks, and projects to compile with it.
// Nothing is installed: rustup is answered for, so that no test changes the machine's toolchains.
import { dirname, join } from "node:path";
import type { Cargo, CargoPlan, Executable, Selection } from "../../src/cargo/cargo.ts";
import { createCargo } from "../../src/cargo/create_cargo.ts";
import { targetTriple } from "../../src/cargo/target.ts";
import { type CommandResult, type Host, realHost } from "../../src/core/host.ts";
import { parsePlatform } from "../../src/oci/platform.ts";
import { firstLacking, type Lacking, lackingProgram } from "../support/require.ts";
import { type RecordedReport, recordedReport } from "../support/recorded_report.ts";

/** The toolchain with musl targets that `install-musl-targets` makes; used where it is there. */
const MUSL_TOOLCHAIN = "krust-musl";

/** This machine's own platform, and another one that programs are compiled for. */
export const NATIVE = `linux/${realHost().architecture}`;
export const FOREIGN = NATIVE === "linux/amd64" ? "linux/arm64" : "linux/amd64";

/** Variables that choose the toolchain. */
export const TOOLCHAIN: Readonly<Record<string, string>> = chooseToolchain();

/** What is missing to compile for a platform, if anything. */
export async function lackingStd(platform: string, libc: "musl" | "gnu"): Promise<Lacking> {
  const absent = firstLacking(
    Deno.build.os === "linux" ? undefined : "not Linux",
    lackingProgram("cargo", "rustc", "cc"),
  );
  if (absent !== undefined) return absent;
  const triple = targetTriple(parsePlatform(platform), libc);
  const { stdout } = await new Deno.Command("rustc", {
    args: ["--print", "target-libdir", "--target", triple],
    env: TOOLCHAIN,
    stdin: "null",
    stderr: "null",
  }).output();
  const folder = new TextDecoder().decode(stdout).trim();
  return folder !== "" && exists(folder) ? undefined : `no Rust target ${triple}`;
}

/** A project in a temporary folder, and cargo to build it. */
export interface RealProject {
  readonly folder: string;
  readonly cargo: Cargo;
  readonly report: RecordedReport;
  /** Writes files, by their paths in the folder. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Chooses and builds, for this machine and in the `dev` profile unless said otherwise. */
  build(options?: BuildOptions): Promise<readonly (readonly Executable[])[]>;
}

/** What to build and how. */
export interface BuildOptions extends Omit<Partial<CargoPlan>, "platforms"> {
  /** Folder in the project's folder. */
  readonly directory?: string;
  readonly selection?: Partial<Selection>;
  readonly platforms?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Runs a test with a project of `files`; `env` is what cargo gets beside the process's own. */
export async function withProject(
  files: Readonly<Record<string, string>>,
  test: (project: RealProject) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const report = recordedReport();
    // A home of its own: the configuration in the user's must not decide a test.
    const cargo = createCargo({
      host: hostWith({ CARGO_HOME: join(folder, ".home"), ...env }),
      report,
    });
    const project: RealProject = {
      folder,
      cargo,
      report,
      write: (more) => writeFiles(folder, more),
      build: (options = {}) => build(cargo, folder, options),
    };
    await project.write(files);
    await test(project);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a program prints. */
export async function output(path: string, ...args: readonly string[]): Promise<string> {
  const { stdout, code } = await new Deno.Command(path, { args: [...args], stdin: "null" })
    .output();
  if (code !== 0) throw new Error(`${path} ended with exit status ${code}`);
  return new TextDecoder().decode(stdout);
}

/** The process as a host, with more variables and a rustup that can reach nothing. */
function hostWith(more: Readonly<Record<string, string>>): Host {
  const real = realHost();
  const env = { ...TOOLCHAIN, ...more };
  return {
    ...real,
    env: (name) => env[name] ?? real.env(name),
    run(command, options): Promise<CommandResult> {
      if (command.program === "rustup") {
        const said = "error: could not reach its host";
        if (typeof command.stderr === "function") command.stderr(said);
        return Promise.resolve({ status: 1, stdout: "", stderr: said });
      }
      return real.run({ ...command, env: { ...env, ...command.env } }, options);
    },
  };
}

async function build(
  cargo: Cargo,
  folder: string,
  options: BuildOptions,
): Promise<readonly (readonly Executable[])[]> {
  const { directory = ".", selection = {}, platforms = [NATIVE], signal, ...plan } = options;
  const cancel = signal === undefined ? {} : { signal };
  const chosen = { bins: [], ...selection };
  const project = await cargo.project(join(folder, directory), chosen, cancel);
  const whole: CargoPlan = {
    libc: "musl",
    profile: "dev",
    offline: true,
    args: [],
    ...plan,
    platforms: platforms.map(parsePlatform),
  };
  return await cargo.build(project, whole, cancel);
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text);
  }
}

function chooseToolchain(): Readonly<Record<string, string>> {
  const chosen = Deno.env.get("RUSTUP_TOOLCHAIN");
  if (chosen !== undefined && chosen !== "") return { RUSTUP_TOOLCHAIN: chosen };
  const home = Deno.env.get("RUSTUP_HOME") ?? join(Deno.env.get("HOME") ?? "/", ".rustup");
  return exists(join(home, "toolchains", MUSL_TOOLCHAIN))
    ? { RUSTUP_TOOLCHAIN: MUSL_TOOLCHAIN }
    : {};
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

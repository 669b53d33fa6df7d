// Settles, before cargo runs, for each platform: the target, that its std is there, its linker, and who
// compiles its C code.
import { dirname, join } from "node:path";
import { KrustError } from "../core/error.ts";
import type { Cancel } from "../core/streams.ts";
import { formatPlatform, normalizePlatform, type Platform } from "../oci/platform.ts";
import type { CargoPlan, Libc, Project } from "./cargo.ts";
import type { CfgFacts } from "./cfg.ts";
import type { ConfigFile } from "./config_files.ts";
import type { CargoContext, PlatformSettings } from "./context.ts";
import { isNative } from "./compilers.ts";
import { findTargetLibraries, installTarget, type WantedTarget } from "./install_target.ts";
import { chooseLinker, describeLadder } from "./linker.ts";
import { refuseUnserved } from "./native_faults.ts";
import { compilerNeed, findNativeNeeds, type NativeNeeds } from "./native_needs.ts";
import { askRustc } from "./optional_program.ts";
import type { LinkerChoice, LinkerQuestion } from "./rung.ts";
import { holdsRustLld } from "./rust_lld.ts";
import { which } from "./which.ts";
import { type StaticLibc, targetTriple } from "./target.ts";
import { configurationOf, type TargetConfiguration } from "./target_configuration.ts";

/** A platform and all that cargo is told for it. */
export interface PlannedTarget {
  /** What the image runs on. */
  readonly platform: Platform;
  /** What is compiled for. */
  readonly triple: string;
  /** Which C library. */
  readonly libc: StaticLibc;
  /** Whether the C library is linked dynamically. */
  readonly dynamic: boolean;
  /** How it is linked. */
  readonly linker: LinkerChoice;
  /** The user's cargo configuration of it. */
  readonly configuration: TargetConfiguration;
  /** Flags of krust's own configuration. */
  readonly flags: readonly string[];
  /** Whether std must be installed; not where cargo builds it too. */
  readonly needsStd: boolean;
  /** What its crates take beside Rust. */
  readonly native: NativeNeeds;
}

/** What planning a target depends on beside the platform. */
export interface TargetRequest {
  /** What is built. */
  readonly project: Project;
  /** How. */
  readonly plan: CargoPlan;
  /** Cargo's configuration files. */
  readonly files: readonly ConfigFile[];
}

/**
 * Plans for one platform.
 *
 * @throws {KrustError} `target-not-installed`, `linker-missing`, `native-dependency`,
 * `platform-unknown`.
 */
export async function planTarget(
  context: CargoContext,
  platform: Platform,
  request: TargetRequest,
  options: Cancel = {},
): Promise<PlannedTarget> {
  const { libc } = request.plan;
  try {
    return await planFor(context, platform, linkage(libc), request, options);
  } catch (error) {
    const absent = error instanceof KrustError && error.code === "target-not-installed";
    if (!absent || libc !== "auto") throw error;
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
    context.report.warn(
      `${error.message}${cause}; linking with static glibc instead, whose look-ups of names (DNS, users) do not work as they should in a static program`,
    );
    return await planFor(context, platform, linkage("gnu"), request, options);
  }
}

/** How a C library is linked. */
type Linkage = Pick<PlannedTarget, "libc" | "dynamic">;

function linkage(libc: Libc): Linkage {
  if (libc === "gnu-dynamic") return { libc: "gnu", dynamic: true };
  return { libc: libc === "gnu" ? "gnu" : "musl", dynamic: false };
}

async function planFor(
  context: CargoContext,
  platform: Platform,
  { libc, dynamic }: Linkage,
  request: TargetRequest,
  options: Cancel,
): Promise<PlannedTarget> {
  const { host, report, platformConfig } = context;
  const { project, plan } = request;
  const { directory } = project;
  const triple = targetTriple(platform, libc);
  const settings: PlatformSettings = platformConfig[formatPlatform(normalizePlatform(platform))] ??
    {};
  const facts = () => readCfg(context, triple, directory, options);
  const configuration = await configurationOf(triple, request.files, host, facts);
  const installed = await seemsInstalled(triple, project.targetDirectory);
  const native = await findNativeNeeds(context, project, plan, triple, options);
  const question: LinkerQuestion = {
    platform,
    libc,
    dynamic,
    configuration,
    ...(settings.linker === undefined ? {} : { configured: settings.linker }),
    need: compilerNeed(native.needs),
    hasRustLld: () => hasRustLld(context, { triple, directory, installed }, options),
  };
  // Before the target: nothing is to be downloaded for what could not be linked.
  const ladder = await chooseLinker(question, host);
  const { choice: linker } = ladder;
  await refuseUnserved(context, native.needs, ladder, question);
  const planned: PlannedTarget = {
    platform,
    triple,
    libc,
    dynamic,
    linker,
    configuration,
    flags: settings.rustflags ?? [],
    needsStd: !request.files.some((file) => file.buildStd),
    native,
  };
  if (planned.needsStd && !installed) {
    await installTarget(context, wantedTarget(context, planned, directory), options);
  }
  report.debug(`Linker for ${triple}: ${linker.program} (${linker.why})`);
  for (const line of describeLadder(ladder)) report.debug(line);
  const { source, rustflags } = configuration;
  const theirs = source === "none" ? "none of the user's" : `${source}: ${rustflags.join(" ")}`;
  const ours = dynamic ? "no +crt-static" : "+crt-static";
  report.debug(`Flags for rustc for ${triple}: ${ours} joined to ${theirs}`);
  return planned;
}

/** What is planned, as far as it matters to rustup. */
export function wantedTarget(
  { host }: CargoContext,
  { platform, libc, triple }: Pick<PlannedTarget, "platform" | "libc" | "triple">,
  directory: string,
): WantedTarget {
  return { target: triple, directory, libc, native: isNative(platform, host) };
}

/**
 * Whether a target need not be looked for: what was built for before is installed, as a rule, and
 * asking rustc costs more than a build that has nothing to do. Where the rule fails, cargo does, and
 * the target is looked for then.
 */
async function seemsInstalled(triple: string, targetDirectory: string): Promise<boolean> {
  return await Deno.stat(join(targetDirectory, triple)).then(() => true, () => false);
}

/**
 * Whether the toolchain has a rust-lld; taken for granted where rustc cannot be asked, and where rustup,
 * whose toolchains have one, installed what was built for before: asking takes its time.
 */
async function hasRustLld(
  context: CargoContext,
  { triple: target, directory, installed }: {
    readonly triple: string;
    readonly directory: string;
    readonly installed: boolean;
  },
  options: Cancel,
): Promise<boolean> {
  if (installed && await which("rustup", context.host) !== undefined) return true;
  const { folder } = await findTargetLibraries(context, { target, directory }, options);
  return folder === undefined || await holdsRustLld(dirname(dirname(folder)));
}

/** What `cfg(…)` holds for a target; nothing where rustc cannot be asked. */
async function readCfg(
  context: CargoContext,
  target: string,
  directory: string,
  options: Cancel,
): Promise<CfgFacts> {
  const said = await askRustc(context, "cfg", { target, directory }, options);
  return new Set(said?.split("\n").map((line) => line.trim()));
}

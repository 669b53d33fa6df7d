// What can be learnt of a target before anything is decided: its configuration, what its crates take, and
// the ladder of linkers. Nothing is installed, and nothing is refused.
import { dirname, join } from "node:path";
import type { Cancel } from "../core/streams.ts";
import { formatPlatform, normalizePlatform, type Platform } from "../oci/platform.ts";
import type { CargoPlan, Libc, Project } from "./cargo.ts";
import type { CfgFacts } from "./cfg.ts";
import type { ConfigFile } from "./config_file.ts";
import type { CargoContext, PlatformSettings } from "./context.ts";
import { findTargetLibraries } from "./install_target.ts";
import { climbLadder, type Ladder } from "./linker.ts";
import { compilerNeed, findNativeNeeds, type NativeNeeds } from "./native_needs.ts";
import { askRustc } from "./optional_program.ts";
import type { LinkerQuestion } from "./rung.ts";
import { holdsRustLld } from "./rust_lld.ts";
import { type StaticLibc, targetTriple } from "./target.ts";
import { configurationOf, type TargetConfiguration } from "./target_configuration.ts";
import { which } from "./which.ts";

/** What planning a target depends on beside the platform. */
export interface TargetRequest {
  /** What is built. */
  readonly project: Project;
  /** How. */
  readonly plan: CargoPlan;
  /** Cargo's configuration files. */
  readonly files: readonly ConfigFile[];
}

/** How a C library is linked. */
export interface Linkage {
  /** Which one. */
  readonly libc: StaticLibc;
  /** Whether it is left to the system that the program runs on. */
  readonly dynamic: boolean;
}

/** What a user's word for a C library means; `auto` is musl at first. */
export function linkageOf(libc: Libc): Linkage {
  if (libc === "gnu-dynamic") return { libc: "gnu", dynamic: true };
  return { libc: libc === "gnu" ? "gnu" : "musl", dynamic: false };
}

/** What is known of a target. */
export interface TargetSurvey {
  /** What is compiled for. */
  readonly triple: string;
  /** The user's cargo configuration of it. */
  readonly configuration: TargetConfiguration;
  /** What the user's own configuration says of the platform. */
  readonly settings: PlatformSettings;
  /** Whether the target was built for before. */
  readonly builtBefore: boolean;
  /** What its crates take beside Rust. */
  readonly native: NativeNeeds;
  /** What the ladder was asked. */
  readonly question: LinkerQuestion;
  /** Every rung with what became of it. */
  readonly ladder: Ladder;
}

/**
 * Looks at a platform's target.
 *
 * @throws {KrustError} `platform-unknown`, `config-invalid`; the signal's reason.
 */
export async function surveyTarget(
  context: CargoContext,
  platform: Platform,
  { libc, dynamic }: Linkage,
  { project, plan, files }: TargetRequest,
  options: Cancel = {},
): Promise<TargetSurvey> {
  const { host, platformConfig } = context;
  const { directory } = project;
  const triple = targetTriple(platform, libc);
  const settings = platformConfig[formatPlatform(normalizePlatform(platform))] ?? {};
  const facts = () => readCfg(context, triple, directory, options);
  const configuration = await configurationOf(triple, files, host, facts);
  const builtBefore = await seemsInstalled(triple, project.targetDirectory);
  const native = await findNativeNeeds(context, project, plan, triple, options);
  const question: LinkerQuestion = {
    platform,
    libc,
    dynamic,
    reproducible: plan.reproducible === true,
    configuration,
    ...(settings.linker === undefined ? {} : { configured: settings.linker }),
    need: compilerNeed(native.needs),
    hasRustLld: () => hasRustLld(context, { triple, directory, builtBefore }, options),
  };
  const ladder = await climbLadder(question, host);
  return { triple, configuration, settings, builtBefore, native, question, ladder };
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
  { triple: target, directory, builtBefore }: {
    readonly triple: string;
    readonly directory: string;
    readonly builtBefore: boolean;
  },
  options: Cancel,
): Promise<boolean> {
  if (builtBefore && await which("rustup", context.host) !== undefined) return true;
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

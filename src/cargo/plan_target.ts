// Settles, before cargo runs, for each platform: the target, that its std is there, and its linker.
import { join } from "node:path";
import { KrustError } from "../core/error.ts";
import type { Cancel } from "../core/streams.ts";
import { formatPlatform, normalizePlatform, type Platform } from "../oci/platform.ts";
import type { Libc } from "./cargo.ts";
import type { CfgFacts } from "./cfg.ts";
import type { ConfigFile } from "./config_files.ts";
import type { CargoContext, PlatformSettings } from "./context.ts";
import { installTarget, type WantedTarget } from "./install_target.ts";
import { askRustc } from "./optional_program.ts";
import { chooseLinker, isNative, type LinkerChoice } from "./linker.ts";
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
  /** How it is linked. */
  readonly linker: LinkerChoice;
  /** The user's cargo configuration of it. */
  readonly configuration: TargetConfiguration;
  /** Flags of krust's own configuration. */
  readonly flags: readonly string[];
  /** Whether std must be installed; not where cargo builds it too. */
  readonly needsStd: boolean;
}

/** What planning a target depends on beside the platform. */
export interface TargetRequest {
  /** Where cargo runs. */
  readonly directory: string;
  /** Where cargo puts what it builds. */
  readonly targetDirectory: string;
  /** Which C library is asked for. */
  readonly libc: Libc;
  /** Cargo's configuration files. */
  readonly files: readonly ConfigFile[];
}

/**
 * Plans for one platform.
 *
 * @throws {KrustError} `target-not-installed`, `linker-missing`, `platform-unknown`.
 */
export async function planTarget(
  context: CargoContext,
  platform: Platform,
  request: TargetRequest,
  options: Cancel = {},
): Promise<PlannedTarget> {
  const { libc } = request;
  try {
    return await planFor(context, platform, libc === "auto" ? "musl" : libc, request, options);
  } catch (error) {
    const absent = error instanceof KrustError && error.code === "target-not-installed";
    if (!absent || libc !== "auto") throw error;
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
    context.report.warn(
      `${error.message}${cause}; linking with static glibc instead, whose look-ups of names (DNS, users) do not work as they should in a static program`,
    );
    return await planFor(context, platform, "gnu", request, options);
  }
}

async function planFor(
  context: CargoContext,
  platform: Platform,
  libc: StaticLibc,
  request: TargetRequest,
  options: Cancel,
): Promise<PlannedTarget> {
  const { host, report, platformConfig } = context;
  const triple = targetTriple(platform, libc);
  const settings: PlatformSettings = platformConfig[formatPlatform(normalizePlatform(platform))] ??
    {};
  const facts = () => readCfg(context, triple, request.directory, options);
  const configuration = await configurationOf(triple, request.files, host, facts);
  const configured = settings.linker === undefined ? {} : { configured: settings.linker };
  const question = { platform, libc, configuration, ...configured };
  // Before the target: nothing is to be downloaded for what could not be linked.
  const linker = await chooseLinker(question, host);
  const planned: PlannedTarget = {
    platform,
    triple,
    libc,
    linker,
    configuration,
    flags: settings.rustflags ?? [],
    needsStd: !request.files.some((file) => file.buildStd),
  };
  if (planned.needsStd && !await seemsInstalled(triple, request.targetDirectory)) {
    await installTarget(context, wantedTarget(context, planned, request.directory), options);
  }
  report.debug(`Linker for ${triple}: ${linker.program} (${linker.why})`);
  const { source, rustflags } = configuration;
  const theirs = source === "none" ? "none of the user's" : `${source}: ${rustflags.join(" ")}`;
  report.debug(`Flags for rustc for ${triple}: +crt-static joined to ${theirs}`);
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

// Settles, before cargo runs, for each platform: the target, that its std is there, its linker, and who
// compiles its C code.
import { KrustError } from "../core/error.ts";
import type { Cancel } from "../core/streams.ts";
import type { Platform } from "../oci/platform.ts";
import { isNative } from "./compilers.ts";
import type { CargoContext } from "./context.ts";
import { installTarget, type WantedTarget } from "./install_target.ts";
import { describeLadder, requireLinker } from "./linker.ts";
import { refuseUnserved } from "./native_faults.ts";
import type { NativeNeeds } from "./native_needs.ts";
import type { LinkerChoice } from "./rung.ts";
import { type Linkage, linkageOf, surveyTarget, type TargetRequest } from "./survey_target.ts";
import type { StaticLibc } from "./target.ts";
import type { TargetConfiguration } from "./target_configuration.ts";

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
    return await planFor(context, platform, linkageOf(libc), request, options);
  } catch (error) {
    const absent = error instanceof KrustError && error.code === "target-not-installed";
    if (!absent || libc !== "auto") throw error;
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
    context.report.warn(
      `${error.message}${cause}; linking with static glibc instead, whose look-ups of names (DNS, users) do not work as they should in a static program`,
    );
    return await planFor(context, platform, linkageOf("gnu"), request, options);
  }
}

async function planFor(
  context: CargoContext,
  platform: Platform,
  linked: Linkage,
  request: TargetRequest,
  options: Cancel,
): Promise<PlannedTarget> {
  const { report } = context;
  const { project: { directory }, files } = request;
  const survey = await surveyTarget(context, platform, linked, request, options);
  const { triple, configuration, native, ladder, question } = survey;
  // Before the target: nothing is to be downloaded for what could not be linked.
  const linker = requireLinker(ladder, question);
  report.debug(`Linker for ${triple}: ${linker.program} (${linker.why})`);
  for (const line of describeLadder(ladder)) report.debug(line);
  await refuseUnserved(context, native.needs, ladder, question);
  const planned: PlannedTarget = {
    platform,
    triple,
    ...linked,
    linker,
    configuration,
    flags: survey.settings.rustflags ?? [],
    needsStd: !files.some((file) => file.buildStd),
    native,
  };
  if (planned.needsStd && !survey.builtBefore) {
    await installTarget(context, wantedTarget(context, planned, directory), options);
  }
  const { source, rustflags } = configuration;
  const theirs = source === "none" ? "none of the user's" : `${source}: ${rustflags.join(" ")}`;
  const ours = linked.dynamic ? "no +crt-static" : "+crt-static";
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

// The ladder of linkers for whoever only wants to know (`krust doctor`): data, and nothing is built.
import type { Cancel } from "../core/streams.ts";
import type { Platform } from "../oci/platform.ts";
import type { CargoPlan, Project } from "./cargo.ts";
import { readConfigFiles } from "./config_files.ts";
import type { CargoContext } from "./context.ts";
import { findTargetLibraries } from "./install_target.ts";
import type { RungReport } from "./linker.ts";
import { findUnserved, type NativeFault } from "./native_faults.ts";
import type { NativeNeed } from "./native_needs.ts";
import { resolveDirectory } from "./project.ts";
import type { Lack } from "./rung.ts";
import { linkageOf, surveyTarget } from "./survey_target.ts";

/** What a build for a platform would find. */
export interface PlatformSurvey {
  /** What would be compiled for. */
  readonly triple: string;
  /** Whether std is there; undefined where rustc cannot be asked. */
  readonly installed?: boolean;
  /** Every rung in order, with its verdict and the reason. */
  readonly rungs: readonly RungReport[];
  /** The linker that would run; absent where there is none. */
  readonly linker?: string;
  /** What of C code could not be compiled. */
  readonly lack?: Lack;
  /** Why that one, in words. */
  readonly why?: string;
  /** What crates of the project take beside Rust. */
  readonly needs: readonly NativeNeed[];
  /** Whether cargo could say what they take. */
  readonly needsKnown: boolean;
  /** What of that is not there. */
  readonly faults: readonly NativeFault[];
  /** Whether cargo builds std too, so that it need not be there. */
  readonly buildsStd: boolean;
}

/**
 * Looks at what a build of `project` for a platform would find. It may run rustc and `cargo tree`.
 *
 * @throws {KrustError} `platform-unknown`, `config-invalid`; the signal's reason.
 */
export async function surveyPlatform(
  context: CargoContext,
  project: Project,
  plan: Omit<CargoPlan, "platforms">,
  platform: Platform,
  options: Cancel = {},
): Promise<PlatformSurvey> {
  const { directory, realDirectory } = await resolveDirectory(context.host.cwd, project.directory);
  const files = await readConfigFiles(realDirectory, context.host);
  const request = {
    project: { ...project, directory },
    plan: { ...plan, platforms: [platform] },
    files,
  };
  const linkage = linkageOf(plan.libc);
  const survey = await surveyTarget(context, platform, linkage, request, options);
  const { triple, native: { needs, known }, ladder, question } = survey;
  const { rungs, choice } = ladder;
  const { installed } = await findTargetLibraries(context, { target: triple, directory }, options);
  return {
    triple,
    ...(installed === undefined ? {} : { installed }),
    rungs,
    ...(choice === undefined ? {} : { linker: choice.program, why: choice.why }),
    ...(choice?.lack === undefined ? {} : { lack: choice.lack }),
    needs,
    needsKnown: known,
    faults: await findUnserved(needs, ladder, question, context.host),
    buildsStd: files.some((file) => file.buildStd),
  };
}

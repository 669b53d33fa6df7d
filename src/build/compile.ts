// Executables by cargo: one run for all platforms.
import type { Cargo, CargoPlan, Project } from "../cargo/cargo.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { Reporter } from "../report/reporter.ts";
import type { MakeExecutables } from "./build_image.ts";

/** What is compiled, and how; for which platforms is said later. */
export interface Compilation extends Omit<CargoPlan, "platforms"> {
  /** The project and the executables to pack. */
  readonly project: Project;
}

/**
 * Executables that cargo makes when they are asked for.
 *
 * @throws {KrustError} through the function, what {@linkcode Cargo.build} throws.
 */
export function compileWithCargo(
  cargo: Cargo,
  { project, ...plan }: Compilation,
  report: Pick<Reporter, "info">,
): MakeExecutables {
  return (platforms, options) => {
    report.info(`Building Rust project ${project.package.name}`);
    for (const platform of platforms) {
      report.info(`Building for platform: ${formatPlatform(platform)}`);
    }
    return cargo.build(project, { ...plan, platforms }, options);
  };
}

// From arguments to a project and the settings in force for it. Cargo has to be asked in between: a
// project's own settings stand in its Cargo.toml.
import { readCargoArguments } from "../cargo/arguments.ts";
import type { Cargo, Project, Selection } from "../cargo/cargo.ts";
import { createCargo } from "../cargo/create_cargo.ts";
import { loadUserConfig } from "../config/load_user_config.ts";
import { loadProjectMetadata } from "../config/project_metadata.ts";
import { resolveSettings, type Settings, type SettingsInputs } from "../config/resolve_settings.ts";
import { valueOf } from "../config/xdg.ts";
import { KrustError } from "../core/error.ts";
import { join } from "node:path";
import type { BuildArguments, Context } from "./program.ts";
import { type OpenReporter, openReporter } from "./reporting.ts";

/** What is known before cargo is asked. */
export interface Opening {
  /** Where settings come from, but for the project's own. */
  readonly inputs: SettingsInputs;
  /** The settings without the project's own. */
  readonly settings: Settings;
  /** Told what goes on; to be closed. */
  readonly report: OpenReporter;
}

/** A project with all that is configured for it. */
export interface LoadedProject {
  /** Drives the compiler. */
  readonly cargo: Cargo;
  /** The project. */
  readonly project: Project;
  /** The settings in force. */
  readonly settings: Settings;
  /** Cargo profile. */
  readonly profile: string;
  /** Arguments for `cargo build`. */
  readonly cargoArgs: readonly string[];
}

/**
 * Reads the user's configuration and opens the reporter.
 *
 * @throws {KrustError} `usage`, `config-invalid`.
 */
export async function openSettings(given: BuildArguments, { host }: Context): Promise<Opening> {
  const env = (name: string): string | undefined => host.env(name);
  const file = await loadUserConfig(env);
  const inputs = { flags: given.flags, env, file };
  const settings = resolveSettings(inputs);
  const { progress, quiet, verbose } = settings;
  const report = openReporter(
    { progress: progress.value, quiet: quiet.value, verbose: verbose.value },
    host,
  );
  for (const warning of file.warnings) report.warn(warning);
  return { inputs, settings, report };
}

/**
 * Asks cargo for the project and adds the settings of its Cargo.toml.
 *
 * @throws {KrustError} what cargo and the settings throw.
 */
export async function loadProject(
  given: BuildArguments,
  { inputs, settings: early, report }: Opening,
  { host, signal }: Context,
): Promise<LoadedProject> {
  const lifted = readCargoArguments([...early.cargoArgs.value, ...given.cargoArgs]);
  const cargoProgram = valueOf(inputs.env, "KRUST_CARGO");
  const cargo = createCargo({
    host,
    report,
    ...(cargoProgram === undefined ? {} : { cargoProgram }),
    platformConfig: Object.fromEntries(
      early.platforms.map(({ platform, linker, rustflags }) => [
        platform,
        { rustflags, ...(linker === undefined ? {} : { linker }) },
      ]),
    ),
  });
  const selection = select(early, lifted.selection);
  const project = await cargo.project(given.directory, selection, { signal });
  const settings = resolveSettings({
    ...inputs,
    package: await loadProjectMetadata("package", project.manifestPath, project.packageMetadata),
    workspace: await loadProjectMetadata(
      "workspace",
      join(project.workspaceRoot, "Cargo.toml"),
      project.workspaceMetadata,
    ),
  });
  const { profile, features, allFeatures, noDefaultFeatures, locked } = settings;
  return {
    cargo,
    project,
    settings,
    profile: profile.origin.kind === "flag" ? profile.value : lifted.profile ?? profile.value,
    cargoArgs: [
      ...(features.value.length === 0 ? [] : ["--features", features.value.join(",")]),
      ...(allFeatures.value ? ["--all-features"] : []),
      ...(noDefaultFeatures.value ? ["--no-default-features"] : []),
      ...(locked.value ? ["--locked"] : []),
      ...(lifted.targetDirectory === undefined ? [] : ["--target-dir", lifted.targetDirectory]),
      ...lifted.rest,
    ],
  };
}

/** What is to be built, said by flags or after `--`, but not in two voices. */
function select(settings: Settings, lifted: Selection): Selection {
  const named = settings.package.value;
  if (named !== undefined && lifted.package !== undefined && named !== lifted.package) {
    throw new KrustError(
      "usage",
      `--package ${named} contradicts -p ${lifted.package} after --`,
    );
  }
  const packageName = named ?? lifted.package;
  const bins = [...new Set([...settings.bin.value, ...lifted.bins])];
  const example = settings.example.value ?? lifted.example;
  if (example !== undefined && bins.length > 0) {
    throw new KrustError("usage", `--example ${example} contradicts --bin ${bins[0]}`);
  }
  return {
    bins,
    ...(packageName === undefined ? {} : { package: packageName }),
    ...(example === undefined ? {} : { example }),
  };
}

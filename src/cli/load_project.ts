// From arguments to a project and the settings in force for it. Cargo has to be asked in between: a
// project's own settings stand in its Cargo.toml.
import { join, resolve } from "node:path";
import { readCargoArguments } from "../cargo/arguments.ts";
import type { Cargo, Described, Project, Targets } from "../cargo/cargo.ts";
import { type CargoOptions, createCargo } from "../cargo/create_cargo.ts";
import { loadUserConfig } from "../config/load_user_config.ts";
import type { Layer } from "../config/layer.ts";
import {
  loadProjectMetadata,
  type MetadataTable,
  type ProjectLayers,
} from "../config/project_metadata.ts";
import { resolveSettings, type Settings, type SettingsInputs } from "../config/resolve_settings.ts";
import { type Environment, valueOf } from "../config/xdg.ts";
import { KrustError } from "../core/error.ts";
import type { Host } from "../core/host.ts";
import type { Cancel } from "../core/streams.ts";
import type { BuildArguments } from "./build_options.ts";
import type { Context } from "./program.ts";
import { type OpenReporter, openReporter } from "./reporting.ts";
import { type CargoVoices, selectProfile, selectTargets } from "./selection.ts";

/** What is known before cargo is asked for a project. */
export interface Opening {
  /** Where settings come from, but for the project's own. */
  readonly inputs: SettingsInputs;
  /** The settings without the project's own. */
  readonly settings: Settings;
  /** Told what goes on; to be closed. */
  readonly report: OpenReporter;
}

/** A project to be loaded. */
export interface ProjectRequest {
  /** Its directory, as given. */
  readonly directory: string;
  /** What follows `--`. */
  readonly cargoArgs: readonly string[];
  /** Settings as flags, by name, in place of the run's own: what a reference says of its project. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/** What a project is loaded with. */
export interface Loading extends Pick<Opening, "inputs" | "settings"> {
  /** Drives the compiler. */
  readonly cargo: Cargo;
}

/** A project with all that is configured for it. */
export interface LoadedProject {
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
export async function openSettings(
  flags: BuildArguments["flags"],
  { host, present }: Pick<Context, "host" | "present">,
): Promise<Opening> {
  const env = (name: string): string | undefined => host.env(name);
  const file = await loadUserConfig(env, host);
  const inputs = { flags, env, file };
  const settings = resolveSettings(inputs);
  const [progress, quiet, verbose] = [
    settings.progress.value,
    settings.quiet.value,
    settings.verbose.value,
  ];
  present({ progress, verbose });
  const report = openReporter({ progress, quiet, verbose }, host);
  for (const warning of file.warnings) report.warn(warning);
  return { inputs, settings, report };
}

/**
 * Asks cargo for the project and adds the settings of its Cargo.toml.
 *
 * @throws {KrustError} what cargo and the settings throw.
 */
export async function loadProject(
  request: ProjectRequest,
  { inputs, settings: early, cargo }: Loading,
  options: Cancel,
): Promise<LoadedProject> {
  const voices: CargoVoices = {
    line: readCargoArguments(request.cargoArgs),
    file: readCargoArguments(early.cargoArgs.value),
  };
  const own = { ...inputs, flags: request.flags };
  let layers: MetadataLayers = {};
  const settle = (bins: readonly Layer[] = []): Settings =>
    resolveSettings({
      ...own,
      bins,
      package: layers.package?.layer,
      workspace: layers.workspace?.layer,
    });
  const project = await cargo.project(request.directory, selectTargets(settle(), voices), {
    ...options,
    async choose(described): Promise<Targets> {
      layers = await metadataLayers(described);
      return selectTargets(settle(), voices);
    },
  });
  const [entrypoint = ""] = project.binaries;
  const elsewhere = voices.line.targetDirectory ?? voices.file.targetDirectory;
  const settings = settle(
    [layers.package, layers.workspace].flatMap((table) => table?.bins.get(entrypoint) ?? []),
  );
  return {
    project: elsewhere === undefined
      ? project
      : { ...project, targetDirectory: resolve(project.directory, elsewhere) },
    settings,
    profile: selectProfile(settings, voices),
    cargoArgs: cargoArguments(settings, voices),
  };
}

/** The driver of the compiler that is configured. */
export function openCargo(opening: Opening, host: Host): Cargo {
  return createCargo(cargoOptions(opening, host));
}

/** What drives the compiler, as it is configured. */
export function cargoOptions(
  { inputs: { env }, settings: { platforms }, report }: Opening,
  host: Host,
): CargoOptions {
  const named = valueOf(env, "KRUST_CARGO") ?? callingCargo(env);
  // A path is meant from here, while cargo runs in the project's folder.
  const cargoProgram = named?.includes("/") === true ? resolve(host.cwd, named) : named;
  return {
    host,
    report,
    ...(cargoProgram === undefined ? {} : { cargoProgram }),
    platformConfig: Object.fromEntries(
      platforms.map(({ platform, linker, rustflags }) => [
        platform,
        { rustflags, ...(linker === undefined ? {} : { linker }) },
      ]),
    ),
  };
}

/**
 * The cargo that has called, as its subcommand, which says its path in `CARGO`. Where rustup is at work
 * the one on PATH is of the same toolchain: calling it past rustup, in a target folder that is built in
 * through rustup as well, has each forget what the other knew of rustc.
 */
function callingCargo(env: Environment): string | undefined {
  return valueOf(env, "RUSTUP_TOOLCHAIN") === undefined ? valueOf(env, "CARGO") : undefined;
}

/** What the two tables of a project's Cargo.toml say. */
interface MetadataLayers {
  readonly package?: ProjectLayers | undefined;
  readonly workspace?: ProjectLayers | undefined;
}

async function metadataLayers(
  { manifestPath, workspaceRoot: root, targetNames, ...described }: Described,
): Promise<MetadataLayers> {
  const load = (
    table: MetadataTable,
    path: string,
    value: unknown,
  ): Promise<ProjectLayers | undefined> => {
    const targets = targetNames?.[table];
    const manifest = { path, root, ...(targets === undefined ? {} : { targets }) };
    return loadProjectMetadata(table, manifest, value);
  };
  return {
    package: await load("package", manifestPath, described.packageMetadata),
    workspace: await load("workspace", join(root, "Cargo.toml"), described.workspaceMetadata),
  };
}

function cargoArguments(settings: Settings, { line, file }: CargoVoices): readonly string[] {
  const { features, allFeatures, noDefaultFeatures, locked, jobs } = settings;
  const targetDirectory = line.targetDirectory ?? file.targetDirectory;
  const other = [...file.rest, ...line.rest].find((argument) =>
    /^(?:-j\d*|--jobs(?:=.*)?)$/.test(argument)
  );
  if (jobs.value !== undefined && other !== undefined) {
    throw new KrustError("usage", `${jobs.origin.label} contradicts ${other} for cargo`, {
      help: ["give one of them"],
    });
  }
  return [
    ...(jobs.value === undefined ? [] : ["--jobs", String(jobs.value)]),
    ...(features.value.length === 0 ? [] : ["--features", features.value.join(",")]),
    ...(allFeatures.value ? ["--all-features"] : []),
    ...(noDefaultFeatures.value ? ["--no-default-features"] : []),
    ...(locked.value ? ["--locked"] : []),
    ...(targetDirectory === undefined ? [] : ["--target-dir", targetDirectory]),
    ...file.rest,
    ...line.rest,
  ];
}

// Compiles: one run of cargo for all platforms, in a session of its own, and its programs checked.
import { KrustError } from "../core/error.ts";
import type { CommandResult } from "../core/host.ts";
import type { Cancel } from "../core/streams.ts";
import type { CargoPlan, Executable, Project } from "./cargo.ts";
import { readConfigFiles } from "./config_files.ts";
import type { CargoContext } from "./context.ts";
import { readExecutable } from "./executable.ts";
import { explainFailure, FailureNotes } from "./failure.ts";
import { findTargetLibraries, installTarget } from "./install_target.ts";
import { type Artifact, readArtifact } from "./messages.ts";
import { cargoNotFound } from "./metadata.ts";
import { type PlannedTarget, planTarget, wantedTarget } from "./plan_target.ts";
import { resolveDirectory } from "./project.ts";
import { namedFolders } from "./named_folders.ts";
import { remapFlags, renamedFolders } from "./remap.ts";
import { reproducibleEnv } from "./reproducible.ts";
import { joinRustflags } from "./rustflags.ts";
import { printable } from "../core/printable.ts";
import { shownPath } from "./shown_path.ts";
import { standardSources } from "./standard_sources.ts";
import { toolchainFor } from "./toolchain.ts";

/**
 * Compiles a project for the platforms of `plan` and reads what came of it; see `Cargo.build`.
 *
 * @throws {KrustError} `cargo-failed`, `cargo-not-found`, `target-not-installed`, `linker-missing`,
 * `native-dependency`, `executable-mismatch`, `config-invalid`.
 */
export async function buildExecutables(
  given: CargoContext,
  project: Project,
  plan: CargoPlan,
  options: Cancel = {},
): Promise<readonly (readonly Executable[])[]> {
  const context = { ...given, offline: plan.offline };
  const planned = await planTargets(context, project, plan, options);
  // Two platforms may be one target (`amd64` named twice): cargo is told of it once.
  const targets = [...new Map(planned.map((each) => [each.triple, each])).values()];
  for (const { triple } of targets) context.report.info(`Running cargo build for target ${triple}`);
  const artifacts = await runCargo(context, project, plan, targets, options);
  for (const { native } of targets) await native.remember();
  const results: Executable[][] = [];
  for (const target of planned) {
    const executables: Executable[] = [];
    for (const name of project.binaries) {
      const { path } = artifactOf(artifacts, project, name, target.triple);
      executables.push(await readExecutable(name, path, target, options));
      context.report.info(`Successfully built binary: ${shownPath(path, context.host.cwd)}`);
      if (plan.reproducible === true) await warnOfFolders(context, project, name, path);
    }
    results.push(executables);
  }
  return results;
}

async function planTargets(
  context: CargoContext,
  project: Project,
  plan: CargoPlan,
  options: Cancel,
): Promise<readonly PlannedTarget[]> {
  const { directory, realDirectory } = await resolveDirectory(context.host.cwd, project.directory);
  const files = await readConfigFiles(realDirectory, context.host);
  const planned: PlannedTarget[] = [];
  // One after the other: rustup takes no two additions at once.
  for (const platform of plan.platforms) {
    const request = { project: { ...project, directory }, plan, files };
    planned.push(await planTarget(context, platform, request, options));
  }
  return planned;
}

/** Runs cargo, once more where it turns out that a target's std is gone and could be added. */
async function runCargo(
  context: CargoContext,
  project: Project,
  plan: CargoPlan,
  targets: readonly PlannedTarget[],
  options: Cancel,
): Promise<readonly Artifact[]> {
  const { directory } = project;
  const first = await runOnce(context, project, plan, targets, options);
  if (first.status === 0) return first.artifacts;
  const added = await addMissing(context, directory, targets, options);
  const last = added ? await runOnce(context, project, plan, targets, options) : first;
  if (last.status !== 0) {
    throw await explainFailure(context, { directory, targets, ...last }, options);
  }
  return last.artifacts;
}

async function addMissing(
  context: CargoContext,
  directory: string,
  targets: readonly PlannedTarget[],
  options: Cancel,
): Promise<boolean> {
  let added = false;
  for (const target of targets.filter(({ needsStd }) => needsStd)) {
    const { triple } = target;
    const found = await findTargetLibraries(context, { target: triple, directory }, options);
    if (found.installed !== false) continue;
    context.installedTargets.forget(`${directory}\n${triple}`);
    await installTarget(context, wantedTarget(context, target, directory), options);
    added = true;
  }
  return added;
}

interface Run {
  readonly status: number;
  readonly artifacts: readonly Artifact[];
  readonly notes: string;
}

async function runOnce(
  context: CargoContext,
  project: Project,
  plan: CargoPlan,
  targets: readonly PlannedTarget[],
  options: Cancel,
): Promise<Run> {
  const { host, report } = context;
  const standard = plan.reproducible === true
    ? await standardSources(context, project.directory, options)
    : undefined;
  const folders = [
    ...renamedFolders(project, host),
    ...(standard === undefined ? [] : [standard]),
  ];
  const { env, args } = joinRustflags(
    targets,
    (name) => host.env(name),
    remapFlags(folders),
  );
  const triples = targets.map(({ triple }) => triple);
  const fixed = reproducibleEnv(plan, triples, folders, host);
  const artifacts: Artifact[] = [];
  const notes = new FailureNotes();
  const toolchain = toolchainFor(targets, context.cargoProgram, host);
  const { program } = toolchain;
  const commandLine = [
    toolchain.subcommand,
    ...cargoArguments(project, plan, targets),
    ...args,
    ...plan.args,
  ];
  report.debug(`Running in ${project.directory}: ${program} ${commandLine.join(" ")}`);
  let result: CommandResult;
  try {
    result = await host.run({
      program,
      args: commandLine,
      cwd: project.directory,
      env: { ...env, ...fixed, ...toolchain.env },
      onStdoutLine: (line) => {
        const artifact = readArtifact(line);
        if (artifact !== undefined) artifacts.push(artifact);
        else if (!line.startsWith("{") && line !== "") report.output("cargo", line);
      },
      stderr: report.passThrough ? "inherit" : (line) => {
        notes.note(line);
        report.output("cargo", line);
      },
    }, options);
  } catch (error) {
    throw cargoNotFound(program, error) ?? error;
  }
  return { status: result.status, artifacts, notes: notes.text };
}

/** Tells of folders that a program names all the same, such as by `env!("CARGO_MANIFEST_DIR")`. */
async function warnOfFolders(
  { host, report }: CargoContext,
  project: Project,
  name: string,
  path: string,
): Promise<void> {
  const folders = renamedFolders(project, host).map(({ folder }) => folder);
  for (const folder of await namedFolders(path, folders)) {
    report.warn(
      `"${name}" names the folder "${printable(folder)}": built in another, it is another program`,
    );
  }
}

function cargoArguments(
  project: Project,
  plan: CargoPlan,
  targets: readonly PlannedTarget[],
): readonly string[] {
  const { name, version } = project.package;
  return [
    // Cargo shows the compiler's words itself, and keeps to JSON for what it made.
    "--message-format=json-render-diagnostics",
    "--profile",
    plan.profile,
    ...targets.flatMap(({ triple }) => ["--target", triple]),
    "--package",
    `${name}@${version}`,
    ...project.binaries.flatMap((binary) => [project.example ? "--example" : "--bin", binary]),
    ...(plan.offline ? ["--offline"] : []),
  ];
}

function artifactOf(
  artifacts: readonly Artifact[],
  project: Project,
  name: string,
  target: string,
): Artifact {
  const found = artifacts.find((artifact) =>
    artifact.name === name && artifact.target === target && artifact.example === project.example &&
    artifact.manifestPath === project.manifestPath
  );
  if (found !== undefined) return found;
  throw new KrustError(
    "cargo-failed",
    `Cargo build failed: cargo ended well, but named no program "${name}" for ${target}`,
    { help: ["see whether the arguments for cargo keep it from building that program"] },
  );
}

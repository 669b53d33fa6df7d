// One project to one image: what `build`, `run` and `resolve` have in common.
import { compileWithCargo } from "../build/compile.ts";
import { describePackage } from "../build/recipe.ts";
import { sourceRevision } from "../build/revision.ts";
import type { Cancel } from "../core/streams.ts";
import { type LoadedProject, loadProject, type ProjectRequest } from "./load_project.ts";
import { ownOutputs } from "./places.ts";
import type { ImageRequest, PublishedImage } from "./publish_image.ts";
import type { Session } from "./session.ts";

/**
 * Compiles a project and writes its image where it belongs; undefined where `--dry-run` has only told
 * what would be done. May be called many times at once with one session: cargo's builds go one after
 * the other in the order of the calls, all else goes on beside them.
 *
 * @throws {KrustError} whatever goes wrong.
 */
export async function buildProject(
  session: Session,
  request: ProjectRequest,
  options: Cancel = { signal: session.signal },
): Promise<PublishedImage | undefined> {
  const project = loadProject(request, session, options);
  // What comes next is loaded while cargo answers.
  const [loaded, { publishImage }] = await Promise.all([
    project,
    import("./publish_image.ts"),
    session.remote(),
  ]);
  return await publishImage(session, imageRequest(session, loaded), options);
}

function imageRequest(
  { host, report, cargo, cargoLane }: Session,
  { project, settings, profile, cargoArgs: args }: LoadedProject,
): ImageRequest {
  const { name, version } = project.package;
  const [entrypoint] = project.binaries;
  const libc = settings.libc.value;
  const sourceDateEpoch = settings.sourceDateEpoch.value;
  const plan = {
    ...{ libc, profile, args },
    offline: settings.offline.value,
    reproducible: settings.reproducible.value,
    ...(sourceDateEpoch === undefined ? {} : { sourceDateEpoch }),
  };
  const make = compileWithCargo(cargo, { project, ...plan }, report);
  const programs = `${project.example ? "example " : ""}${project.binaries.join(", ")}`;
  return {
    settings,
    name,
    naming: { version, ...(entrypoint === undefined ? {} : { bin: entrypoint }) },
    project,
    intention: `build ${programs} of ${name} ${version} (${project.manifestPath})`,
    manner: `profile ${profile}`,
    executables: (platforms, options) => cargoLane.run(() => make(platforms, options), options),
    facts: async (options) => {
      const outputs = ownOutputs(settings, project, host);
      const revision = await sourceRevision(project.directory, host, { ...options, outputs });
      return describePackage(project.package, revision);
    },
  };
}

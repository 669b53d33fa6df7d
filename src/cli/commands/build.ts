// `krust build`: settles what is asked for, builds it, and prints the reference.
import { buildImage, type BuildResult } from "../../build/build_image.ts";
import { describePackage } from "../../build/recipe.ts";
import { sourceRevision } from "../../build/revision.ts";
import { openBase, readBase } from "../bases.ts";
import type { BuildArguments } from "../build_options.ts";
import { openCache } from "../cache.ts";
import { describePlan } from "../dry_run.ts";
import { type LoadedProject, loadProject, openSettings } from "../load_project.ts";
import { describeBuild, writeMetadataFile } from "../metadata_file.ts";
import { writeResult } from "../output.ts";
import { choosePlaces, ownOutputs, type Places } from "../places.ts";
import { settlePlatforms } from "../platforms.ts";
import type { Context } from "../program.ts";
import { openRegistries } from "../registries.ts";
import type { OpenReporter } from "../reporting.ts";

/**
 * Builds an image and writes it where it was asked for; nothing is printed before all is there.
 *
 * @throws {KrustError} whatever goes wrong.
 */
export async function build(given: BuildArguments, context: Context): Promise<number> {
  // stdout may be the terminal that progress is drawn on: drawing has stopped when this comes back.
  const references = await publish(given, context);
  if (references.length > 0) {
    writeResult(context.host, `${references.join("\n")}\n`, told(references));
  }
  return 0;
}

/** What is said of an image that is there, where an error keeps it from stdout. */
function told(references: readonly string[]): readonly string[] {
  return references.map((reference) => `the image is there nevertheless: ${reference}`);
}

/** Builds and writes; gives the references to print. */
async function publish(given: BuildArguments, context: Context): Promise<readonly string[]> {
  const { host } = context;
  const opening = await openSettings(given, context);
  using report = opening.report;
  const loaded = await loadProject(given, opening, context);
  const { settings, project } = loaded;
  const platforms = settlePlatforms(settings.platform.value, host.architecture);
  const registries = openRegistries(settings, host, report);
  const places = choosePlaces(settings, project.package.name, registries, host);
  const { target } = places;
  const named = readBase(settings);
  if (settings.dryRun.value) {
    const { profile } = loaded;
    const base = settings.base.value;
    const plan = { project, platforms, profile, base, target, places };
    for (const line of describePlan(plan)) report.info(line);
    return [];
  }
  await using cache = await openCache(host, { warn: (text) => report.warn(text) });
  const { store } = cache;
  const keepLayers = places.keepsLayers;
  const base = await openBase(named, settings, { registries, store, keepLayers, report });
  const epoch = settings.sourceDateEpoch.value;
  const result = await buildImage({
    project,
    platforms,
    libc: settings.libc.value,
    profile: loaded.profile,
    offline: settings.offline.value,
    cargoArgs: loaded.cargoArgs,
    labels: settings.label.value,
    annotations: settings.annotation.value,
    facts: async (options) => {
      const outputs = ownOutputs(settings, project, host);
      const revision = await sourceRevision(project.directory, host, { ...options, outputs });
      return describePackage(project.package, revision);
    },
    ...(epoch === undefined ? {} : { sourceDateEpoch: epoch }),
    target,
  }, {
    cargo: loaded.cargo,
    base,
    store,
    sink: places.sink,
    report,
    cpus: host.cpus,
  }, { signal: context.signal });
  await conclude(loaded, places, result, report, context);
  return result.references;
}

/** What comes after the image is where it belongs. */
async function conclude(
  { settings }: LoadedProject,
  { target, pushed }: Places,
  result: BuildResult,
  report: OpenReporter,
  { host }: Context,
): Promise<void> {
  if (settings.noPush.value) report.info("Skipping push (--no-push specified)");
  const path = settings.metadataFile.value;
  if (path === undefined) return;
  const description = describeBuild(result, target, pushed);
  await writeMetadataFile(host, path, description, told(result.references));
}

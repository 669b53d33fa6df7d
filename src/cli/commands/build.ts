// `krust build`: settles what is asked for, builds it, and prints the reference.
import { buildImage } from "../../build/build_image.ts";
import { describePackage } from "../../build/recipe.ts";
import { sourceRevision } from "../../build/revision.ts";
import type { Settings } from "../../config/resolve_settings.ts";
import type { Annotations } from "../../oci/descriptor.ts";
import { parsePlatform, type Platform } from "../../oci/platform.ts";
import { openBase } from "../bases.ts";
import { openCache } from "../cache.ts";
import { describePlan } from "../dry_run.ts";
import { type LoadedProject, loadProject, openSettings } from "../load_project.ts";
import { describeBuild, writeMetadataFile } from "../metadata_file.ts";
import { writeResult } from "../output.ts";
import { choosePlaces, type Places } from "../places.ts";
import type { BuildArguments, Context } from "../program.ts";
import { openRegistries } from "../registries.ts";
import type { OpenReporter } from "../reporting.ts";

/**
 * Builds an image and writes it where it was asked for; nothing is printed before all is there.
 *
 * @throws {KrustError} whatever goes wrong.
 */
export async function build(given: BuildArguments, context: Context): Promise<number> {
  const opening = await openSettings(given, context);
  using report = opening.report;
  const loaded = await loadProject(given, opening, context);
  const { settings, project } = loaded;
  const registries = openRegistries(settings, context.host, report);
  const places = choosePlaces(settings, project.package.name, registries, context.host);
  if (settings.dryRun.value) {
    for (const line of planOf(loaded, places)) report.info(line);
    return 0;
  }
  await using cache = await openCache(context.host);
  const { store } = cache;
  const keepLayers = places.keepsLayers;
  const base = await openBase(settings, { registries, store, keepLayers, report });
  const epoch = settings.sourceDateEpoch.value;
  const result = await buildImage({
    project,
    platforms: platformsOf(settings, context),
    libc: settings.libc.value,
    profile: loaded.profile,
    offline: settings.offline.value,
    cargoArgs: loaded.cargoArgs,
    labels: settings.label.value,
    annotations: settings.annotation.value,
    facts: packageFacts(loaded, context),
    ...(epoch === undefined ? {} : { sourceDateEpoch: epoch }),
    target: places.target,
  }, {
    cargo: loaded.cargo,
    base,
    store,
    sink: places.sink,
    report,
    cpus: context.host.cpus,
  }, context);
  if (settings.noPush.value) report.info("Skipping push (--no-push specified)");
  const metadataFile = settings.metadataFile.value;
  if (metadataFile !== undefined) {
    const description = describeBuild(result, places.target, places.pushed);
    await writeMetadataFile(context.host, metadataFile, description);
  }
  finish(report);
  if (result.references.length > 0) writeResult(context.host, `${result.references.join("\n")}\n`);
  return 0;
}

/** Stops drawing before the result is written: both may be the same terminal. */
function finish(report: OpenReporter): void {
  report[Symbol.dispose]();
}

/** The package's facts; git is asked while cargo runs. */
function packageFacts(
  { project }: LoadedProject,
  { host, signal }: Context,
): Promise<Annotations> {
  const facts = sourceRevision(project.directory, host, { signal })
    .then((revision) => describePackage(project.package, revision));
  // Whoever awaits it hears of a failure; until then it is not unhandled.
  facts.catch(() => {});
  return facts;
}

function platformsOf({ platform }: Settings, { host }: Context): readonly Platform[] | "all" {
  if (platform.value.includes("all")) return "all";
  return platform.value.map((name) =>
    parsePlatform(name === "host" ? `linux/${host.architecture}` : name)
  );
}

function planOf({ project, settings, profile }: LoadedProject, places: Places): readonly string[] {
  return describePlan({
    project,
    platforms: settings.platform.value,
    profile,
    base: settings.base.value,
    target: places.target,
    places: places.names,
  });
}

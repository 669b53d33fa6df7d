// The way of every image from programs to its places, whoever makes the programs.
import {
  buildImage,
  type BuildRequest,
  type BuildResult,
  type MakeExecutables,
} from "../build/build_image.ts";
import { lookForAssets } from "../build/pack_assets.ts";
import type { Settings } from "../config/resolve_settings.ts";
import type { Cancel } from "../core/streams.ts";
import { openBases, readBases } from "./bases.ts";
import { type ContentProject, contentWarnings, imageContent } from "./image_content.ts";
import type { Named } from "./naming.ts";
import { choosePlaces, type Places } from "./places.ts";
import { settlePlatforms } from "./platforms.ts";
import { byTag, published } from "./references.ts";
import type { Session } from "./session.ts";

/** An image to be made. */
export interface ImageRequest {
  /** The settings in force for it. */
  readonly settings: Settings;
  /** What it is called where nothing else is said: the package's name. */
  readonly name: string;
  /** The first program's name and the package's version, for `--name-template`. */
  readonly naming?: Omit<Named, "package">;
  /** The project whose files it may hold; undefined where there is none. */
  readonly project?: ContentProject;
  /** What would be done, for `--dry-run`: "build hello of hello 0.1.0". */
  readonly intention: string;
  /** How, likewise: "profile release". */
  readonly manner?: string;
  /** Makes the programs. */
  readonly executables: MakeExecutables;
  /** Gives the facts for labels and annotations, once the programs are made. */
  readonly facts: BuildRequest["facts"];
}

/** An image where it belongs. */
export interface PublishedImage {
  /** The settings that it was made with. */
  readonly settings: Settings;
  /** Where it went. */
  readonly places: Places;
  /** What it is; its references are those to print. */
  readonly result: BuildResult;
  /** All that was published, by digest, the index first. */
  readonly published: readonly string[];
}

/**
 * Makes an image and writes it where its settings say; undefined where `--dry-run` has only told what
 * would be done. May be called many times at once with one session.
 *
 * @throws {KrustError} whatever goes wrong.
 */
export async function publishImage(
  session: Session,
  request: ImageRequest,
  options: Cancel,
): Promise<PublishedImage | undefined> {
  const { host, report, engine } = session;
  const { settings, intention, manner } = request;
  const platforms = settlePlatforms(settings.platform.value, host.architecture);
  const { registrySink, base: openBase } = await session.remote();
  const named = { package: request.name, ...request.naming };
  const places = await choosePlaces(settings, named, { host, registrySink, engine });
  const content = imageContent(settings, request.project, host);
  const { target, keepsLayers: keepLayers } = places;
  for (const warning of contentWarnings(content, settings)) report.warn(warning);
  const bases = readBases(settings);
  if (settings.dryRun.value) {
    const { describeContent, describePlan } = await import("./dry_run.ts");
    const how = manner === undefined ? {} : { manner };
    const held = describeContent(content, await lookForAssets(content, options));
    const plan = { intention, ...how, platforms, base: bases.words, held, target, places };
    for (const line of describePlan(plan)) report.info(line);
    return undefined;
  }
  const store = await session.store();
  const base = await openBases(bases, (named) => openBase(named, { keepLayers }));
  const epoch = settings.sourceDateEpoch.value;
  const cpus = Math.min(host.cpus, settings.jobs.value ?? Infinity);
  const result = await buildImage(
    {
      executables: request.executables,
      platforms,
      labels: settings.label.value,
      annotations: settings.annotation.value,
      facts: request.facts,
      ...(epoch === undefined ? {} : { sourceDateEpoch: epoch }),
      content,
      target,
    },
    { base, store, sink: places.sink, report, cpus },
    options,
  );
  const { root, references } = result;
  return {
    settings,
    places,
    result: settings.tagOnly.value ? { ...result, references: byTag(references, places) } : result,
    published: published(root, references, places),
  };
}

// The way of every image from programs to its places, whoever makes the programs.
import {
  buildImage,
  type BuildRequest,
  type BuildResult,
  type MakeExecutables,
} from "../build/build_image.ts";
import type { Settings } from "../config/resolve_settings.ts";
import type { Cancel } from "../core/streams.ts";
import { readBase } from "./bases.ts";
import { describePlan } from "./dry_run.ts";
import { choosePlaces, type Places } from "./places.ts";
import { settlePlatforms } from "./platforms.ts";
import type { Session } from "./session.ts";

/** An image to be made. */
export interface ImageRequest {
  /** The settings in force for it. */
  readonly settings: Settings;
  /** What it is called where nothing else is said: the package's name. */
  readonly name: string;
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
  /** What it is. */
  readonly result: BuildResult;
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
  const { host, report } = session;
  const { settings, intention, manner } = request;
  const platforms = settlePlatforms(settings.platform.value, host.architecture);
  const places = choosePlaces(settings, request.name, session);
  const { target, keepsLayers: keepLayers } = places;
  const named = readBase(settings);
  if (settings.dryRun.value) {
    const how = manner === undefined ? {} : { manner };
    const plan = { intention, ...how, platforms, base: settings.base.value, target, places };
    for (const line of describePlan(plan)) report.info(line);
    return undefined;
  }
  const store = await session.store();
  const base = await session.base(named, { keepLayers });
  const epoch = settings.sourceDateEpoch.value;
  const result = await buildImage(
    {
      executables: request.executables,
      platforms,
      labels: settings.label.value,
      annotations: settings.annotation.value,
      facts: request.facts,
      ...(epoch === undefined ? {} : { sourceDateEpoch: epoch }),
      target,
    },
    { base, store, sink: places.sink, report, cpus: host.cpus },
    options,
  );
  return { settings, places, result };
}

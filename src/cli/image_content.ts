// From settings to what an image holds beside its programs.
import { dirname, join, resolve } from "node:path";
import type { Asset } from "../assets/asset.ts";
import type { ContainerSettings, ImageContent } from "../build/content.ts";
import { DATA_DIRECTORY } from "../build/recipe.ts";
import { parseAsset } from "../config/asset_text.ts";
import { layerRank, type Origin } from "../config/layer.ts";
import type { Settings } from "../config/resolve_settings.ts";
import { KrustError } from "../core/error.ts";
import { fileCapabilities } from "../core/file_capabilities.ts";
import type { Host } from "../core/host.ts";
import { printable } from "../core/printable.ts";
import { type Compression, DEFAULT_COMPRESSION, LEVELS } from "../image/compression.ts";

/** The project that an image is of. */
export interface ContentProject {
  /** The package's Cargo.toml, absolute. */
  readonly manifestPath: string;
  /** The workspace's root folder, absolute. */
  readonly workspaceRoot: string;
}

/** The folder beside Cargo.toml whose content every image gets. */
const DATA_FOLDER = "krustdata";

/**
 * What the settings ask for, and the project's `krustdata/`. Nothing is looked for yet.
 *
 * @param project the project; undefined where there is none.
 * @throws {KrustError} `usage` or `config-invalid` for a compression level that there is not.
 */
export function imageContent(
  settings: Settings,
  project: ContentProject | undefined,
  host: Pick<Host, "cwd">,
): ImageContent {
  const { linuxCapability } = settings;
  const capabilities = fileCapabilities(
    linuxCapability.value,
    (reason) => new KrustError("usage", reason),
  );
  return {
    container: containerSettings(settings),
    assets: [
      ...(project === undefined ? [] : [dataFolder(project)]),
      ...assetsOf(settings, host),
    ],
    project: project?.workspaceRoot ?? host.cwd,
    ...(capabilities === undefined ? {} : { capabilities }),
    compression: compressionOf(settings),
  };
}

function containerSettings(settings: Settings): ContainerSettings {
  const { user, workdir, stopSignal } = settings;
  return {
    env: settings.env.value,
    ports: settings.expose.value,
    entrypoint: settings.entrypoint.value,
    cmd: settings.cmd.value,
    volumes: settings.volume.value,
    ...(user.value === undefined ? {} : { user: user.value }),
    ...(workdir.value === undefined ? {} : { workdir: workdir.value }),
    ...(stopSignal.value === undefined ? {} : { stopSignal: stopSignal.value }),
  };
}

function dataFolder({ manifestPath }: ContentProject): Asset {
  return {
    label: DATA_FOLDER,
    source: join(dirname(manifestPath), DATA_FOLDER),
    destination: DATA_DIRECTORY,
    namedBy: "project",
    optional: true,
  };
}

function assetsOf({ asset, configPath }: Settings, host: Pick<Host, "cwd">): readonly Asset[] {
  const { value, origin } = asset;
  const from = origin.folder ??
    (origin.kind === "file" && configPath !== undefined ? dirname(configPath) : host.cwd);
  return value.map((text): Asset => {
    const { source, ...rest } = parseAsset(text, (reason) => new KrustError("usage", reason));
    return {
      ...rest,
      label: `${origin.label} ${text}`,
      // A `/` at the end says no more of a source.
      source: resolve(from, source),
      namedBy: origin.folder === undefined ? "user" : "project",
    };
  });
}

/**
 * A level that was chosen for another compression does not count: only one of the compression's own
 * layer or a higher one.
 */
function compressionOf({ compression, compressionLevel: level }: Settings): Compression {
  const format = compression.value;
  const counts = level.value !== undefined &&
    (compression.origin.kind === "default" ||
      layerRank(level.origin) <= layerRank(compression.origin));
  if (format === "none") {
    if (counts) throw levelFault(level.origin, `it contradicts ${compression.origin.label} none`);
    return { format, level: 0 };
  }
  const { least, most, usual } = LEVELS[format];
  if (!counts || level.value === undefined) {
    return format === DEFAULT_COMPRESSION.format ? DEFAULT_COMPRESSION : { format, level: usual };
  }
  if (level.value < least || level.value > most) {
    throw levelFault(
      level.origin,
      `${format} has levels ${least} to ${most}, found ${level.value}`,
    );
  }
  return { format, level: level.value };
}

function levelFault({ kind, label }: Origin, reason: string): KrustError {
  return kind === "flag"
    ? new KrustError("usage", `${label}: ${reason}`)
    : new KrustError("config-invalid", `${label}: compression-level: ${reason}`);
}

/** Folders that are links in distributions whose `/usr` is merged; a folder of a layer takes their place. */
const LINKS = /^\/(?:bin|sbin|lib(?:32|64|x32)?)(?:\/|$)/;

/** What is to be said of assets on a base of somebody else's. */
export function contentWarnings(
  { assets = [] }: ImageContent,
  { base: { value: base } }: Pick<Settings, "base">,
): readonly string[] {
  if (base === "scratch" || base === "builtin") return [];
  return assets.flatMap(({ label, destination }) => {
    const [folder] = LINKS.exec(destination) ?? [];
    if (folder === undefined) return [];
    const link = folder.replace(/\/$/, "");
    return [
      `${
        printable(label)
      }: where the base has ${link} as a link to /usr${link}, a folder takes its ` +
      `place; /usr${link} is safe`,
    ];
  });
}

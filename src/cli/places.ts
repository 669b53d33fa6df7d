// Where the image goes, and by what name: one sink of all that was asked for.
import { resolve } from "node:path";
import type { Settings } from "../config/resolve_settings.ts";
import type { Host } from "../core/host.ts";
import type { Registries } from "../registry/registry.ts";
import { archiveSink } from "../sinks/archive.ts";
import { digestOnly } from "../sinks/digest_only.ts";
import { engineSink } from "../sinks/engine.ts";
import { LOCAL_REGISTRY } from "../sinks/local_repository.ts";
import { ociLayoutSink } from "../sinks/oci_layout.ts";
import { registrySink } from "../sinks/registry.ts";
import type { Sink, Target } from "../sinks/sink.ts";
import { tee } from "../sinks/tee.ts";
import { nameImage } from "./naming.ts";

/** Where an image goes. */
export interface Places {
  /** What it is called there. */
  readonly target: Target;
  /** Takes it. */
  readonly sink: Sink;
  /** The places in words. */
  readonly names: readonly string[];
  /** Whether a registry is among them. */
  readonly pushed: boolean;
  /** Whether a place on this machine is among them, which needs the base's layers here. */
  readonly keepsLayers: boolean;
}

/**
 * Settles where the image goes.
 *
 * @throws {KrustError} `usage`, `reference-invalid`.
 */
export function choosePlaces(
  settings: Settings,
  packageName: string,
  registries: Registries,
  host: Host,
): Places {
  const { image, repo, tag, noPush, ociLayout, tarball, defaultRegistry } = settings;
  const toEngine = settings.local.value ||
    (image.value === undefined && repo.value === LOCAL_REGISTRY);
  const pushed = !toEngine && !noPush.value;
  const target = nameImage({
    ...(image.value === undefined ? {} : { image: image.value }),
    ...(repo.value === undefined || toEngine ? {} : { repo: repo.value }),
    ...(defaultRegistry.value === undefined ? {} : { defaultRegistry: defaultRegistry.value }),
    tags: tag.origin.kind === "default" ? [] : tag.value,
    packageName,
    needsRepository: pushed,
  });
  const places: { readonly name: string; readonly sink: Sink }[] = [];
  if (pushed) places.push({ name: "the registry", sink: registrySink({ registries }) });
  if (toEngine) places.push({ name: "the container engine", sink: engineSink({ host }) });
  if (ociLayout.value !== undefined) {
    const directory = resolve(host.cwd, ociLayout.value);
    places.push({ name: `the OCI layout ${directory}`, sink: ociLayoutSink(directory) });
  }
  if (tarball.value !== undefined) {
    const path = resolve(host.cwd, tarball.value);
    const platform = { os: "linux", architecture: host.architecture };
    places.push({ name: `the archive ${path}`, sink: archiveSink({ path, platform }) });
  }
  return {
    target,
    sink: places.length === 0 ? digestOnly() : tee(places.map(({ sink }) => sink)),
    names: places.map(({ name }) => name),
    pushed,
    keepsLayers: places.length > (pushed ? 1 : 0),
  };
}

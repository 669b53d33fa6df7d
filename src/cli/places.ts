// Where the image goes: the sinks for the places that were asked for.
import { resolve } from "node:path";
import type { Settings } from "../config/resolve_settings.ts";
import { KrustError } from "../core/error.ts";
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
 * Settles where the image goes. Files come before the push: what fails on this machine leaves the
 * registry as it was.
 *
 * @throws {KrustError} `usage`, `reference-invalid`.
 */
export function choosePlaces(
  settings: Settings,
  packageName: string,
  registries: Registries,
  host: Host,
): Places {
  const named = nameImage(settings, packageName);
  // Names on krust.local are the engine's, be they of KRUST_REPO or of --image.
  const onEngine = named.repository?.registry === LOCAL_REGISTRY ? named.repository : undefined;
  const toEngine = settings.local.value || onEngine !== undefined;
  const pushed = !toEngine && !settings.noPush.value;
  if (pushed && named.repository === undefined) throw noName();
  const places = [
    ...localFiles(settings, host),
    ...(toEngine ? [{ name: "the container engine", sink: engineSink({ host }) }] : []),
    ...(pushed ? [{ name: "the registry", sink: registrySink({ registries }) }] : []),
  ];
  return {
    target: onEngine === undefined ? named : { name: onEngine.name, tags: named.tags },
    sink: places.length === 0 ? digestOnly() : tee(places.map(({ sink }) => sink)),
    names: places.map(({ name }) => name),
    pushed,
    keepsLayers: places.length > (pushed ? 1 : 0),
  };
}

interface Place {
  readonly name: string;
  readonly sink: Sink;
}

function localFiles({ ociLayout, tarball }: Settings, host: Host): readonly Place[] {
  const places: Place[] = [];
  if (ociLayout.value !== undefined) {
    const directory = resolve(host.cwd, ociLayout.value);
    places.push({ name: `the OCI layout ${directory}`, sink: ociLayoutSink(directory) });
  }
  if (tarball.value !== undefined) {
    const path = resolve(host.cwd, tarball.value);
    const platform = { os: "linux", architecture: host.architecture };
    places.push({ name: `the archive ${path}`, sink: archiveSink({ path, platform }) });
  }
  return places;
}

function noName(): KrustError {
  return new KrustError("usage", "Either --image or KRUST_REPO must be set", {
    help: [
      "export KRUST_REPO=registry.example.com/team",
      "or build without a registry: --no-push, --local, --oci-layout DIR, --tarball FILE",
    ],
  });
}

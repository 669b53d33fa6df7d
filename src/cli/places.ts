// Where the image goes: the sinks for the places that were asked for, of which only those are loaded.
import { resolve } from "node:path";
import type { Project } from "../cargo/cargo.ts";
import type { Settings } from "../config/resolve_settings.ts";
import { KrustError } from "../core/error.ts";
import type { Host } from "../core/host.ts";
import type { Cancel } from "../core/streams.ts";
import { isClusterRegistry } from "../sinks/cluster_kind.ts";
import { digestOnly } from "../sinks/digest_only.ts";
import type { Engine } from "../sinks/engine.ts";
import { LOCAL_REGISTRY } from "../sinks/local_repository.ts";
import type { Sink, Target } from "../sinks/sink.ts";
import { tee } from "../sinks/tee.ts";
import { type Named, nameImage } from "./naming.ts";

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
  /** Whether the container engine is among them, which has names of its own. */
  readonly toEngine: boolean;
  /** Whether a place on this machine is among them, which needs the base's layers here. */
  readonly keepsLayers: boolean;
}

/** What places are made of. */
export interface PlaceOptions {
  /** Runs the engine, and knows the working directory. */
  readonly host: Host;
  /** Pushes. */
  readonly registrySink: Sink;
  /** Finds the container engine. */
  readonly engine: (options: Cancel) => Promise<Engine>;
}

/**
 * Settles where the image goes. Files come before the push: what fails on this machine leaves the
 * registry as it was.
 *
 * @throws {KrustError} `usage`, `reference-invalid`.
 */
export async function choosePlaces(
  settings: Settings,
  named: Named,
  { host, registrySink, engine: find }: PlaceOptions,
): Promise<Places> {
  const asked = nameImage(settings, named);
  // Names on krust.local are the engine's, be they of KRUST_REPO or of --image.
  const onEngine = asked.repository?.registry === LOCAL_REGISTRY ? asked.repository : undefined;
  const toEngine = settings.local.value || onEngine !== undefined;
  const cluster = toEngine ? undefined : clusterOf(asked);
  const pushed = !toEngine && cluster === undefined && !settings.noPush.value;
  if (pushed && asked.repository === undefined) throw noName(settings);
  const places = [
    ...await localFiles(settings, host),
    ...(toEngine ? [await enginePlace(host, find)] : []),
    ...(cluster === undefined ? [] : [await clusterPlace(cluster, host)]),
    ...(pushed ? [{ name: "the registry", sink: registrySink }] : []),
  ];
  return {
    target: onEngine === undefined ? asked : { name: onEngine.name, tags: asked.tags },
    sink: places.length === 0 ? digestOnly() : tee(places.map(({ sink }) => sink)),
    names: places.map(({ name }) => name),
    pushed,
    toEngine,
    keepsLayers: places.length > (pushed ? 1 : 0),
  };
}

/** The registry's part of a name that a cluster on this machine answers to. */
function clusterOf({ repository }: Target): string | undefined {
  return repository !== undefined && isClusterRegistry(repository.registry)
    ? repository.registry
    : undefined;
}

interface Place {
  readonly name: string;
  readonly sink: Sink;
}

async function enginePlace(host: Host, find: PlaceOptions["engine"]): Promise<Place> {
  const { engineSink } = await import("../sinks/engine.ts");
  return { name: "the container engine", sink: engineSink({ host, find }) };
}

async function clusterPlace(registry: string, host: Host): Promise<Place> {
  const { clusterSink } = await import("../sinks/cluster.ts");
  return { name: `the cluster of ${registry}`, sink: clusterSink({ registry, host }) };
}

async function localFiles(
  { ociLayout, tarball }: Settings,
  host: Host,
): Promise<readonly Place[]> {
  const places: Place[] = [];
  if (ociLayout.value !== undefined) {
    const { ociLayoutSink } = await import("../sinks/oci_layout.ts");
    const directory = resolve(host.cwd, ociLayout.value);
    places.push({ name: `the OCI layout ${directory}`, sink: ociLayoutSink(directory) });
  }
  if (tarball.value === "-") {
    throw new KrustError("usage", "--tarball - would put the archive where results go", {
      help: ["name a file; a pipe has a name too: --tarball /dev/fd/3 3>&1 >/dev/null"],
    });
  }
  if (tarball.value !== undefined) {
    const { archiveSink } = await import("../sinks/archive.ts");
    const path = resolve(host.cwd, tarball.value);
    const platform = { os: "linux", architecture: host.architecture };
    places.push({ name: `the archive ${path}`, sink: archiveSink({ path, platform }) });
  }
  return places;
}

/** The files and folders that a build with these settings writes itself, absolute. */
export function ownOutputs(
  { ociLayout, tarball, metadataFile, imageRefs }: Settings,
  { targetDirectory }: Pick<Project, "targetDirectory">,
  host: Pick<Host, "cwd">,
): readonly string[] {
  const files = [ociLayout.value, tarball.value, metadataFile.value, imageRefs.value];
  return [
    targetDirectory,
    ...files.flatMap((path) => path === undefined ? [] : [resolve(host.cwd, path)]),
  ];
}

function noName({ ociLayout, tarball }: Settings): KrustError {
  const toFile = ociLayout.value !== undefined || tarball.value !== undefined;
  return new KrustError("usage", "Either --image or KRUST_REPO must be set", {
    help: [
      "export KRUST_REPO=registry.example.com/team",
      toFile
        ? "or write the file alone: --no-push beside it"
        : "or build without a registry: --no-push, or --local for the container engine",
    ],
  });
}

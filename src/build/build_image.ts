// The one path: project → executables → layers → images → index → sink. No step reaches back.
import type { Cargo, Executable, Libc, Project } from "../cargo/cargo.ts";
import { concurrently } from "../core/concurrently.ts";
import type { Cancel } from "../core/streams.ts";
import { type Image, makeIndex, type Node } from "../image/image.ts";
import type { Annotations } from "../oci/descriptor.ts";
import {
  formatPlatform,
  parsePlatform,
  type Platform,
  SUPPORTED_PLATFORMS,
} from "../oci/platform.ts";
import type { Reporter } from "../report/reporter.ts";
import type { Sink, Target } from "../sinks/sink.ts";
import type { Base, Source } from "../sources/source.ts";
import type { Store } from "../store/store.ts";
import { KrustError } from "../core/error.ts";
import { packExecutables } from "./pack_executables.ts";
import { composeImage } from "./compose_image.ts";
import { describeBase } from "./recipe.ts";

/** What to build, settled to the last detail. */
export interface BuildRequest {
  /** The project and the executables to pack. */
  readonly project: Project;
  /** What to build for; `all` is every platform that the base has and krust can build. */
  readonly platforms: readonly Platform[] | "all";
  /** Which C library. */
  readonly libc: Libc;
  /** Cargo profile. */
  readonly profile: string;
  /** Do without the network. */
  readonly offline: boolean;
  /** Further arguments for `cargo build`. */
  readonly cargoArgs: readonly string[];
  /** Labels of the image, over those of the base and of the package. */
  readonly labels: Annotations;
  /** Annotations of manifests and index, over those of the package. */
  readonly annotations: Annotations;
  /** The package's own facts as `org.opencontainers.image.*`, once they are known. */
  readonly facts: Promise<Annotations>;
  /** Seconds since 1970 for every time in the image. */
  readonly sourceDateEpoch?: number;
  /** What the image is to be called. */
  readonly target: Target;
}

/** What a build works with. */
export interface BuildDependencies {
  /** Drives the compiler. */
  readonly cargo: Cargo;
  /** Where the base comes from. */
  readonly base: Source;
  /** Keeps layers. */
  readonly store: Store;
  /** Takes the image. */
  readonly sink: Sink;
  /** Is told what goes on. */
  readonly report: Reporter;
  /** Processors that may be used at once. */
  readonly cpus: number;
}

/** What was built and where it went. */
export interface BuildResult {
  /** The image, or the index over several. */
  readonly root: Node;
  /** What it stands on. */
  readonly base: Pick<Base, "name" | "digest">;
  /** The references by which it can be used, the one to print first. */
  readonly references: readonly string[];
}

/**
 * Builds an image and writes it to the sink. The base is resolved while cargo runs.
 *
 * @throws {KrustError} whatever any step throws; the first failure stops the others.
 */
export async function buildImage(
  request: BuildRequest,
  dependencies: BuildDependencies,
  options: Cancel = {},
): Promise<BuildResult> {
  const { report, sink } = dependencies;
  report.info(`Building Rust project ${request.project.package.name}`);
  const { base, executables } = await compile(request, dependencies, options);
  const images: Image[] = [];
  for (const built of executables) {
    images.push(await assemble(request, dependencies, base, built, options));
  }
  const facts = await request.facts;
  const root = rootOf(images, {
    ...facts,
    ...describeBase(base.name, base.digest),
    ...request.annotations,
  });
  report.info(`Successfully built image for ${counted(images.length, "platform")}`);
  report.debug(`image digest ${root.descriptor.digest}`);
  const references = await sink.write(root, request.target, { ...options, report });
  return {
    root,
    base: {
      ...(base.name === undefined ? {} : { name: base.name }),
      ...(base.digest === undefined ? {} : { digest: base.digest }),
    },
    references,
  };
}

/** Runs cargo and resolves the base beside it; with `all` the base says first what to build for. */
async function compile(
  request: BuildRequest,
  { cargo, base, report }: BuildDependencies,
  options: Cancel,
): Promise<{ base: Base; executables: readonly (readonly Executable[])[] }> {
  const build = (
    platforms: readonly Platform[],
    signal?: AbortSignal,
  ): Promise<readonly (readonly Executable[])[]> => {
    for (const platform of platforms) {
      report.info(`Building for platform: ${formatPlatform(platform)}`);
    }
    return cargo.build(request.project, {
      platforms,
      libc: request.libc,
      profile: request.profile,
      offline: request.offline,
      args: request.cargoArgs,
    }, signal === undefined ? options : { signal });
  };
  const { platforms } = request;
  if (platforms === "all") {
    const opened = await base.open(options);
    return { base: opened, executables: await build(buildablePlatforms(opened)) };
  }
  let opened: Base | undefined;
  let executables: readonly (readonly Executable[])[] = [];
  await concurrently<void>([
    async (signal) => {
      opened = await base.open({ signal });
      // A base without the platform is told before the compiler is done, not after.
      for (const platform of platforms) await opened.image(platform, { signal });
    },
    async (signal) => {
      executables = await build(platforms, signal);
    },
  ], { ...options, limit: 2 });
  if (opened === undefined) throw new KrustError("internal", "the base image was not opened");
  return { base: opened, executables };
}

/** The platforms of `--platform all`: what the base has and krust can build. */
function buildablePlatforms(base: Base): readonly Platform[] {
  if (base.platforms === undefined) return SUPPORTED_PLATFORMS.map((name) => parsePlatform(name));
  const buildable = base.platforms.filter((platform) =>
    SUPPORTED_PLATFORMS.includes(formatPlatform(platform))
  );
  if (buildable.length > 0) return buildable;
  throw new KrustError(
    "base-platform-missing",
    `the base image ${base.name ?? ""} has no platform that can be built for`,
    { help: [`it has: ${base.platforms.map(formatPlatform).join(", ")}`] },
  );
}

/** One platform's image: the base's, with a layer of executables on top. */
async function assemble(
  request: BuildRequest,
  dependencies: BuildDependencies,
  base: Base,
  executables: readonly Executable[],
  options: Cancel,
): Promise<Image> {
  const [entrypoint] = executables;
  if (entrypoint === undefined) throw new KrustError("internal", "cargo built no executable");
  const under = await base.image(entrypoint.platform, options);
  const layer = await packExecutables(executables, {
    ...options,
    ...dependencies,
    mtime: request.sourceDateEpoch ?? 0,
  });
  return composeImage(under, layer, {
    ...(base.name === undefined ? {} : { baseName: base.name }),
    entrypoint,
    facts: await request.facts,
    labels: request.labels,
    annotations: request.annotations,
    ...(request.sourceDateEpoch === undefined ? {} : { sourceDateEpoch: request.sourceDateEpoch }),
  });
}

/** One image stands for itself; several stand under an index. */
function rootOf(images: readonly Image[], annotations: Annotations): Node {
  const [only, ...others] = images;
  return only !== undefined && others.length === 0 ? only : makeIndex(images, annotations);
}

/** `1 platform`, `2 platforms`. */
function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

// The one path: project → executables → layers → images → index → sink. No step reaches back.
import type { Executable } from "../cargo/cargo.ts";
import { KrustError } from "../core/error.ts";
import type { Cancel } from "../core/streams.ts";
import type { Image, Node } from "../image/image.ts";
import { joinImages } from "../image/join.ts";
import type { Annotations } from "../oci/descriptor.ts";
import type { Platform } from "../oci/platform.ts";
import type { Reporter } from "../report/reporter.ts";
import type { Sink, Target } from "../sinks/sink.ts";
import type { Base, Source } from "../sources/source.ts";
import type { Store } from "../store/store.ts";
import { checkLinkage } from "./check_linkage.ts";
import { composeImage } from "./compose_image.ts";
import type { ContainerSettings, ImageContent } from "./content.ts";
import { gather } from "./gather.ts";
import { lookForAssets, packAssets, type PackedAssets } from "./pack_assets.ts";
import { packExecutables } from "./pack_executables.ts";
import { DATA_DIRECTORY, DATA_VARIABLE } from "./recipe.ts";

/**
 * Gives for each platform, in order, the executables to pack, the entrypoint first: compiled by cargo
 * ({@linkcode compileWithCargo}), or as they lie there already.
 */
export type MakeExecutables = (
  platforms: readonly Platform[],
  options: Cancel,
) => Promise<readonly (readonly Executable[])[]>;

/** What to build, settled to the last detail. */
export interface BuildRequest {
  /** Makes the programs. */
  readonly executables: MakeExecutables;
  /** What to build for; `all` is every platform that the base has and krust can build. */
  readonly platforms: readonly Platform[] | "all";
  /** Labels of the image, over those of the base and of the package. */
  readonly labels: Annotations;
  /** Annotations of manifests and index, over those of the package. */
  readonly annotations: Annotations;
  /**
   * Gives the package's own facts as `org.opencontainers.image.*`. Called when the executables are
   * made: a Cargo.lock that cargo writes is a change that no commit has.
   */
  readonly facts: (options: Cancel) => Promise<Annotations>;
  /** What the image holds beside the programs, and how it runs; as its base does if not given. */
  readonly content?: ImageContent;
  /** Seconds since 1970 for every time in the image. */
  readonly sourceDateEpoch?: number;
  /** What the image is to be called. */
  readonly target: Target;
}

/** What a build works with. */
export interface BuildDependencies {
  /** Where the base of a platform comes from; the general one where no platform is given. */
  readonly base: (platform?: Platform) => Source;
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
  /** What it stands on; nothing where the images of several platforms stand on different bases. */
  readonly base: Pick<Base, "name" | "digest">;
  /** The references by which it can be used, the one to print first. */
  readonly references: readonly string[];
}

/**
 * Builds an image and writes it to the sink. The base is resolved while the executables are made.
 *
 * @throws {KrustError} whatever any step throws; the first failure stops the others.
 */
export async function buildImage(
  request: BuildRequest,
  dependencies: BuildDependencies,
  options: Cancel = {},
): Promise<BuildResult> {
  const { report, sink } = dependencies;
  const { content = {} } = request;
  // What is missing is told before the compiler is asked; what is packed is there when it is done.
  await lookForAssets(content, options);
  const gathered = await gather(request, dependencies, options);
  const facts = await request.facts(options);
  const programs = gathered.flatMap(({ executables }) => executables.map(({ name }) => name));
  const assets = await packAssets(content, programs, {
    ...options,
    ...dependencies,
    mtime: request.sourceDateEpoch ?? 0,
  });
  const images: Image[] = [];
  for (const { base, executables } of gathered) {
    const prepared = { ...request, facts, assets };
    images.push(await assemble(prepared, dependencies, base, executables, options));
  }
  const root = joinImages(images);
  report.info(`Successfully built image for ${images.length} platform(s)`);
  report.info(`Image digest: ${root.descriptor.digest}`);
  const references = await sink.write(root, request.target, { ...options, report });
  return { root, base: sharedBase(gathered.map(({ base }) => base)), references };
}

/** The base that all images stand on. */
function sharedBase(bases: readonly Base[]): BuildResult["base"] {
  const [first] = bases;
  if (first === undefined || bases.some((base) => base !== first)) return {};
  const { name, digest } = first;
  return { ...(name === undefined ? {} : { name }), ...(digest === undefined ? {} : { digest }) };
}

/** A request with what was made of it for all platforms. */
interface Prepared extends Omit<BuildRequest, "facts"> {
  readonly facts: Annotations;
  readonly assets: PackedAssets;
}

/** One platform's image: the base's, with a layer of executables on top. */
async function assemble(
  request: Prepared,
  dependencies: BuildDependencies,
  base: Base,
  executables: readonly Executable[],
  options: Cancel,
): Promise<Image> {
  const [entrypoint] = executables;
  if (entrypoint === undefined) throw new KrustError("internal", "no executable was made");
  const { assets, content: { compression, capabilities } = {} } = request;
  const under = await base.image(entrypoint.platform, options);
  const { store } = dependencies;
  await checkLinkage(executables, under, base.name, { ...options, store });
  const layer = await packExecutables(executables, {
    ...options,
    ...dependencies,
    ...(compression === undefined ? {} : { compression }),
    ...(capabilities === undefined ? {} : { capabilities }),
    mtime: request.sourceDateEpoch ?? 0,
  });
  return composeImage(under, layer, {
    base,
    entrypoint,
    ...(assets.layer === undefined ? {} : { assets: assets.layer }),
    container: containerOf(request),
    facts: request.facts,
    labels: request.labels,
    annotations: request.annotations,
    ...(request.sourceDateEpoch === undefined ? {} : { sourceDateEpoch: request.sourceDateEpoch }),
  });
}

/** How a container runs: as is asked for, and with the place of its data where there is any. */
function containerOf({ assets, content }: Prepared): ContainerSettings {
  const data = assets.paths.some((path) => path.startsWith(`${DATA_DIRECTORY}/`));
  const { container = {} } = content ?? {};
  if (!data) return container;
  return { ...container, env: { [DATA_VARIABLE]: DATA_DIRECTORY, ...container.env } };
}

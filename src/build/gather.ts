// Executables and bases side by side: neither waits for the other, and what is wrong with one ends both.
import type { Executable } from "../cargo/cargo.ts";
import { concurrently } from "../core/concurrently.ts";
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";
import type { Cancel } from "../core/streams.ts";
import {
  formatPlatform,
  parsePlatform,
  type Platform,
  SUPPORTED_PLATFORMS,
} from "../oci/platform.ts";
import type { Base, Source } from "../sources/source.ts";
import type { BuildDependencies, BuildRequest } from "./build_image.ts";

/** What one platform's image is made of. */
export interface Gathered {
  /** The base, resolved. */
  readonly base: Base;
  /** The executables, the entrypoint first. */
  readonly executables: readonly Executable[];
}

/**
 * Has the executables made and resolves the bases beside it, each once; with `all` the general base says
 * first what to build for.
 *
 * @returns what the image of each platform is made of, in order.
 * @throws {KrustError} what making them and the bases throw, whichever is first; the other is ended.
 */
export async function gather(
  request: BuildRequest,
  { base: baseOf, report }: BuildDependencies,
  options: Cancel,
): Promise<readonly Gathered[]> {
  let { platforms } = request;
  if (platforms === "all") {
    platforms = buildablePlatforms(await baseOf().open(options));
    report.info(`Detected platforms: ${platforms.map(formatPlatform).join(", ")}`);
  }
  const wanted = platforms;
  let bases: readonly Base[] = [];
  let executables: readonly (readonly Executable[])[] = [];
  await concurrently<void>([
    async (signal) => {
      bases = await openBases(wanted, baseOf, { signal });
    },
    async (signal) => {
      executables = await request.executables(wanted, { signal });
    },
  ], { ...options, limit: 2 });
  return executables.map((made, index) => {
    const base = bases[index];
    if (base !== undefined) return { base, executables: made };
    throw new KrustError("internal", "programs were made for a platform that was not asked for");
  });
}

/** The base of each platform; one without the platform is told before the compiler is done, not after. */
async function openBases(
  platforms: readonly Platform[],
  baseOf: BuildDependencies["base"],
  cancel: Cancel,
): Promise<readonly Base[]> {
  const opened = new Map<Source, Base>();
  const bases: Base[] = [];
  for (const platform of platforms) {
    const source = baseOf(platform);
    const base = opened.get(source) ?? await source.open(cancel);
    opened.set(source, base);
    await base.image(platform, cancel);
    bases.push(base);
  }
  return bases;
}

/** The platforms of `--platform all`: what the base has and krust can build. */
function buildablePlatforms(base: Base): readonly Platform[] {
  if (base.platforms === undefined) return SUPPORTED_PLATFORMS.map((name) => parsePlatform(name));
  const buildable = base.platforms.filter((platform) =>
    SUPPORTED_PLATFORMS.includes(formatPlatform(platform))
  );
  if (buildable.length > 0) return buildable;
  const held = printable(base.platforms.map(formatPlatform).join(", "), 1_000);
  throw new KrustError(
    "base-platform-missing",
    `base image "${base.name ?? ""}" has no platform that can be built for: it has ${
      held === "" ? "none at all" : held
    }`,
  );
}

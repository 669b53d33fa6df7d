// Executables and the base side by side: neither waits for the other, and what is wrong with one ends
// both.
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
import type { Base } from "../sources/source.ts";
import type { BuildDependencies, BuildRequest } from "./build_image.ts";

/** What images are made of. */
export interface Gathered {
  /** The base, resolved. */
  readonly base: Base;
  /** For each platform, in order, the executables, the entrypoint first. */
  readonly executables: readonly (readonly Executable[])[];
}

/**
 * Has the executables made and resolves the base beside it; with `all` the base says first what to
 * build for.
 *
 * @throws {KrustError} what making them and the base throw, whichever is first; the other is ended.
 */
export async function gather(
  request: BuildRequest,
  dependencies: BuildDependencies,
  options: Cancel,
): Promise<Gathered> {
  const { platforms } = request;
  const { base: source, report } = dependencies;
  if (platforms === "all") {
    const base = await source.open(options);
    const buildable = buildablePlatforms(base);
    report.info(`Detected platforms: ${buildable.map(formatPlatform).join(", ")}`);
    return { base, executables: await request.executables(buildable, options) };
  }
  let base: Base | undefined;
  let executables: Gathered["executables"] = [];
  await concurrently<void>([
    async (signal) => {
      base = await source.open({ signal });
      // A base without the platform is told before the compiler is done, not after.
      for (const platform of platforms) await base.image(platform, { signal });
    },
    async (signal) => {
      executables = await request.executables(platforms, { signal });
    },
  ], { ...options, limit: 2 });
  if (base === undefined) throw new KrustError("internal", "the base image was not opened");
  return { base, executables };
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

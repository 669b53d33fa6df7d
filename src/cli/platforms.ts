// The platforms that were asked for, settled: `host` is this machine's, and none counts twice.
import { formatPlatform, parsePlatform, type Platform } from "../oci/platform.ts";

/**
 * The platforms to build for, in the order given, or `all`.
 *
 * @param names canonical names, or one of the words `all` and `host`; `all` stands alone (config reads
 * them so).
 * @param architecture of this machine, in the words of OCI.
 * @throws {KrustError} `platform-unknown`.
 */
export function settlePlatforms(
  names: readonly string[],
  architecture: string,
): readonly Platform[] | "all" {
  if (names.includes("all")) return "all";
  const platforms = names.map((name) =>
    parsePlatform(name === "host" ? `linux/${architecture}` : name)
  );
  return [...new Map(platforms.map((platform) => [formatPlatform(platform), platform])).values()];
}

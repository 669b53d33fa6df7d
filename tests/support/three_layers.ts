// The image that the reliability harnesses push: two layers of a base, one of an executable, and as an
// index over several platforms if wanted. Making it again costs no compiler.
import { join } from "node:path";
import { fetchTransport } from "../../src/core/http.ts";
import { HttpRegistry } from "../../src/registry/client.ts";
import { ANONYMOUS } from "../../src/registry/credential.ts";
import { publish, syntheticImage, syntheticIndex } from "./images.ts";
import { writeProject } from "./prebuilt_project.ts";

/** Bytes in each layer of the base, unless said otherwise. */
const LAYER = 700_000;

/** How krust pushes it. */
export interface ThreeLayers {
  /** Arguments for a push to a repository of a registry. */
  push(host: string, repository: string): readonly string[];
  /** Variables for krust. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder of krust's cache. */
  readonly cache: string;
}

/**
 * Writes the project and puts the base on a registry.
 *
 * @param bases host and port of the base's registry. By another name than that which is pushed to it is
 * another registry: nothing is mounted, and every layer travels.
 */
export async function threeLayers(
  folder: string,
  bases: string,
  platforms: readonly string[],
  { layer: size = LAYER }: { readonly layer?: number } = {},
): Promise<ThreeLayers> {
  const project = join(folder, "project");
  const cache = join(folder, "cache");
  await writeProject(project, { size: 400_000 });
  const registry = new HttpRegistry(bases, { transport: fetchTransport(), keychain: ANONYMOUS });
  const [platform = "linux/amd64", ...others] = platforms;
  const base = others.length === 0
    ? await syntheticImage({ platform, size })
    : await syntheticIndex(platforms, { size });
  await publish(registry, "bases/two-layers", base, "v1");
  return {
    cache,
    env: { KRUST_CACHE_DIR: cache, DOCKER_CONFIG: folder, XDG_CONFIG_HOME: folder },
    push: (host, repository) => [
      "build",
      ...["--base", `${bases}/bases/two-layers:v1`],
      ...["--platform", platforms.join(",")],
      ...["--image", `${host}/${repository}`, project],
    ],
  };
}

// `--metadata-file`: what was built and where it went, with buildx's keys where it has them.
import type { BuildResult } from "../build/build_image.ts";
import type { Host } from "../core/host.ts";
import { imagePlatform, imagesOf } from "../image/image.ts";
import { formatPlatform } from "../oci/platform.ts";
import { formatRepository } from "../oci/reference.ts";
import type { Target } from "../sinks/sink.ts";
import { writeOutputFile } from "./output_file.ts";

/** The file's content as a value. */
export function describeBuild(
  { root, base }: BuildResult,
  target: Target,
  pushed: boolean,
): Readonly<Record<string, unknown>> {
  const name = target.repository === undefined ? target.name : formatRepository(target.repository);
  return {
    "image.name": name,
    "containerimage.digest": root.descriptor.digest,
    tags: target.tags,
    platforms: imagesOf(root).map((image) => ({
      platform: formatPlatform(imagePlatform(image)),
      digest: image.descriptor.digest,
      size: image.descriptor.size,
    })),
    base,
    pushed,
  };
}

/**
 * Writes the file, whole or not at all.
 *
 * @param help what is said beside the error, so that the result is not lost.
 * @throws {KrustError} `output-failed`.
 */
export async function writeMetadataFile(
  host: Pick<Host, "cwd">,
  named: string,
  description: unknown,
  help: readonly string[] = [],
): Promise<void> {
  const text = `${JSON.stringify(description, undefined, 2)}\n`;
  await writeOutputFile(host, { what: "the metadata file", named, text }, help);
}

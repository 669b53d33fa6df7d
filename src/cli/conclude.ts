// What comes after an image is where it belongs.
import { describeBuild, writeMetadataFile } from "./metadata_file.ts";
import { nevertheless } from "./output.ts";
import type { PublishedImage } from "./publish_image.ts";
import type { Session } from "./session.ts";

/**
 * Tells what was left out, and writes what was asked for beside the image.
 *
 * @throws {KrustError} `output-failed`, repeating the references.
 */
export async function conclude(
  { host, report }: Pick<Session, "host" | "report">,
  { settings, places, result }: PublishedImage,
): Promise<void> {
  if (settings.noPush.value) report.info("Skipping push (--no-push specified)");
  const path = settings.metadataFile.value;
  if (path === undefined) return;
  const description = describeBuild(result, places.target, places.pushed);
  await writeMetadataFile(host, path, description, nevertheless(result.references));
}

// What comes after an image is where it belongs.
import { describeBuild, writeMetadataFile } from "./metadata_file.ts";
import { nevertheless } from "./output.ts";
import { writeOutputFile } from "./output_file.ts";
import type { Places } from "./places.ts";
import type { PublishedImage } from "./publish_image.ts";
import type { Session } from "./session.ts";

/** An image where it belongs, as far as it matters here. */
export interface ConcludedImage extends Omit<PublishedImage, "places"> {
  /** Where it went. */
  readonly places: Pick<Places, "target" | "pushed">;
}

/**
 * Tells what was left out, and writes what was asked for beside the image.
 *
 * @throws {KrustError} `output-failed`, repeating the references.
 */
export async function conclude(
  { host, report }: Pick<Session, "host" | "report">,
  { settings, places, result, published }: ConcludedImage,
): Promise<void> {
  if (settings.noPush.value) report.info("Skipping push (--no-push specified)");
  const help = nevertheless(result.references);
  const { imageRefs: { value: named }, metadataFile: { value: path } } = settings;
  if (path !== undefined) {
    const description = describeBuild(result, places.target, places.pushed);
    await writeMetadataFile(host, path, description, help);
  }
  if (named !== undefined) {
    const text = published.map((reference) => `${reference}\n`).join("");
    await writeOutputFile(host, { what: "the file of references", named, text }, help);
  }
}

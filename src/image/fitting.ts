// Whether images that were built apart are of one program: what of them contradicts each other.
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";
import { BASE_INDEX, BASE_NAME } from "../oci/base_annotations.ts";
import { formatPlatform } from "../oci/platform.ts";
import { type Image, imagePlatform } from "./image.ts";

/** Annotations that images of one program have alike, as a rule. */
const FACTS = ["title", "version", "revision"].map((key) => `org.opencontainers.image.${key}`);

/**
 * Refuses images that stand on different states of one base: no one build could have made them.
 *
 * @throws {KrustError} `images-mismatch`, naming the base and what stands on which.
 */
export function requireOneBase(images: readonly Image[]): void {
  for (const name of new Set(images.flatMap((image) => image.annotations[BASE_NAME] ?? []))) {
    const on = images.filter(({ annotations }) =>
      annotations[BASE_NAME] === name && annotations[BASE_INDEX] !== undefined
    );
    const states = new Set(on.map(({ annotations }) => annotations[BASE_INDEX]));
    if (states.size < 2) continue;
    throw new KrustError(
      "images-mismatch",
      `the images stand on different states of base image "${printable(name)}"`,
      {
        cause: describe(on, BASE_INDEX),
        help: [
          `build all of them on one state: ${printable(name)}@${printable([...states][0] ?? "")}`,
        ],
      },
    );
  }
}

/** A sentence for each fact that differs: likely a mistake, and yet somebody's right. */
export function differingFacts(images: readonly Image[]): readonly string[] {
  return FACTS.filter((key) => new Set(images.map(({ annotations }) => annotations[key])).size > 1)
    .map((key) => `the images differ in ${key}: ${describe(images, key)}`);
}

function describe(images: readonly Image[], key: string): string {
  return images.map((image) => {
    const value = image.annotations[key];
    const said = value === undefined ? "nothing" : printable(value, 100);
    return `${formatPlatform(imagePlatform(image))} has ${said}`;
  }).join(", ");
}

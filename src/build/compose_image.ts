// An application's image: its base's, with the application layer, configuration and notes on top.
import type { Executable } from "../cargo/cargo.ts";
import { type Image, type Layer, makeImage } from "../image/image.ts";
import { appendLayer, withContainer, withCreated } from "../image/mutate.ts";
import type { Annotations } from "../oci/descriptor.ts";
import {
  APPLICATION_DIRECTORY,
  applicationConfig,
  createdTime,
  describeBase,
  formatTime,
} from "./recipe.ts";

/** What {@linkcode composeImage} puts on the base. */
export interface Composition {
  /** The base's name as a reference, where it has one. */
  readonly baseName?: string;
  /** The program to start. */
  readonly entrypoint: Pick<Executable, "name">;
  /** The package's own facts, as labels and annotations. */
  readonly facts: Annotations;
  /** Labels that win over them. */
  readonly labels: Annotations;
  /** Annotations that win over them. */
  readonly annotations: Annotations;
  /** Seconds since 1970 for `created`, there and in the history. */
  readonly sourceDateEpoch?: number;
}

/**
 * Puts an application layer on its base. The base's annotations tell of the base's manifest and stay
 * with it. Pure: the same arguments give the same digest.
 */
export function composeImage(base: Image, layer: Layer, composition: Composition): Image {
  const { baseName, entrypoint, facts, labels, annotations, sourceDateEpoch } = composition;
  const path = `${APPLICATION_DIRECTORY}/${entrypoint.name}`;
  const appended = appendLayer(base, layer, {
    ...(sourceDateEpoch === undefined ? {} : { created: formatTime(sourceDateEpoch) }),
    created_by: "krust build",
    comment: path,
  });
  const configured = withContainer(
    appended,
    (config) => applicationConfig(config, path, { ...facts, ...labels }),
  );
  const { config, layers } = withCreated(configured, createdTime(sourceDateEpoch));
  const digest = baseName === undefined ? undefined : base.descriptor.digest;
  return makeImage(config, layers, {
    ...facts,
    ...describeBase(baseName, digest),
    ...annotations,
  });
}

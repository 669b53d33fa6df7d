// An application's image: its base's, with the application layer, configuration and notes on top.
import type { Executable } from "../cargo/cargo.ts";
import { type Image, type Layer, makeImage } from "../image/image.ts";
import { appendLayer, withContainer, withCreated } from "../image/mutate.ts";
import { BASE_DIGEST, BASE_NAME } from "../oci/base_annotations.ts";
import type { Annotations } from "../oci/descriptor.ts";
import type { Base } from "../sources/source.ts";
import type { ContainerSettings } from "./content.ts";
import {
  APPLICATION_DIRECTORY,
  applicationConfig,
  type BaseNames,
  createdTime,
  describeBase,
  formatTime,
} from "./recipe.ts";

/** What {@linkcode composeImage} puts on the base. */
export interface Composition {
  /** What the base's name stands for, where it has one. */
  readonly base: Pick<Base, "name" | "digest">;
  /** The program to start. */
  readonly entrypoint: Pick<Executable, "name">;
  /** The layer of assets, below the application's. */
  readonly assets?: Layer;
  /** How a container runs. */
  readonly container?: ContainerSettings;
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
 * Puts an application layer, and one of assets below it, on its base. The base's annotations tell of the base's manifest and stay
 * with it. Pure: the same arguments give the same digest.
 */
export function composeImage(base: Image, layer: Layer, composition: Composition): Image {
  const { entrypoint, assets, container, facts, labels, annotations, sourceDateEpoch } =
    composition;
  const path = `${APPLICATION_DIRECTORY}/${entrypoint.name}`;
  const history = {
    ...(sourceDateEpoch === undefined ? {} : { created: formatTime(sourceDateEpoch) }),
    created_by: "krust build",
  };
  const below = assets === undefined
    ? base
    : appendLayer(base, assets, { ...history, comment: "assets" });
  const appended = appendLayer(below, layer, { ...history, comment: path });
  const configured = withContainer(
    appended,
    (config) => applicationConfig(config, path, { ...facts, ...labels }, container),
  );
  const { config, layers } = withCreated(configured, createdTime(sourceDateEpoch));
  return makeImage(config, layers, {
    ...facts,
    ...describeBase(baseNames(base, composition)),
    ...annotations,
  });
}

/** Who says what the base is called says all of it: krust's own words about it would contradict. */
function baseNames(under: Image, { base, annotations }: Composition): BaseNames {
  const { name } = base;
  if (name === undefined) return {};
  const { digest } = under.descriptor;
  const told = BASE_NAME in annotations || BASE_DIGEST in annotations;
  return { name, digest, ...(told || base.digest === digest ? {} : { index: base.digest }) };
}

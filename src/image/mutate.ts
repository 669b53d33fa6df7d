// Images made of images: pure and synchronous, for all that a digest depends on is known beforehand.
import type { Annotations } from "../oci/descriptor.ts";
import type { ContainerConfig, History, ImageConfig } from "../oci/image_config.ts";
import type { Platform } from "../oci/platform.ts";
import { type Image, type Layer, makeImage } from "./image.ts";

/** An image with nothing in it, for a platform. */
export function emptyImage({ os, architecture, variant }: Platform): Image {
  return makeImage({
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    config: {},
    rootfs: { type: "layers", diff_ids: [] },
  }, []);
}

/** The image with a layer on top, and the line of history that tells of it. */
export function appendLayer(image: Image, layer: Layer, history: History): Image {
  const layers = [...image.layers, layer];
  return makeImage(
    {
      ...image.config,
      rootfs: { type: "layers", diff_ids: layers.map(({ diffID }) => diffID) },
      history: [...fittingHistory(image), history],
    },
    layers,
    image.annotations,
  );
}

/** The image with another container configuration. */
export function withContainer(
  image: Image,
  change: (config: ContainerConfig) => ContainerConfig,
): Image {
  const config = { ...image.config, config: change(image.config.config ?? {}) };
  return makeImage(config, image.layers, image.annotations);
}

/** The image with annotations on its manifest: those given, and those it had under other keys. */
export function withAnnotations(image: Image, annotations: Annotations): Image {
  return makeImage(image.config, image.layers, { ...image.annotations, ...annotations });
}

/** The image with another time of creation, in RFC 3339; without one where it is undefined. */
export function withCreated(image: Image, created: string | undefined): Image {
  const { created: _, ...rest } = image.config;
  const config: ImageConfig = created === undefined ? rest : { ...rest, created };
  return makeImage(config, image.layers, image.annotations);
}

/**
 * An image's history with exactly one line per layer beside those of no layer (image-spec config.md):
 * engines refuse an image whose counts differ, and bases exist whose history is missing or short.
 * Where there are more lines than layers nobody can say which belongs to which, so none stays.
 */
function fittingHistory(image: Image): readonly History[] {
  const history = image.config.history ?? [];
  const missing = image.layers.length - history.filter((line) => line.empty_layer !== true).length;
  const padding = (count: number): readonly History[] =>
    Array.from({ length: count }, () => ({ comment: "a layer of the base image" }));
  return missing < 0 ? padding(image.layers.length) : [...history, ...padding(missing)];
}

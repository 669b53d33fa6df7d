// A base image that a registry holds. Its name is resolved once, so that every platform comes from
// one index, and an image given out is the base's own, byte for byte.
import { KrustError } from "../core/error.ts";
import { Once } from "../core/once.ts";
import { printable } from "../core/printable.ts";
import type { Image } from "../image/image.ts";
import { formatPlatform, type Platform, samePlatform } from "../oci/platform.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import type { Registries } from "../registry/registry.ts";
import { type Reporter, SILENT } from "../report/reporter.ts";
import type { Store } from "../store/store.ts";
import { BaseDocuments } from "./base_documents.ts";
import { BaseLayers } from "./base_layers.ts";
import { type PlatformImage, platformImages } from "./platform_images.ts";
import { readImage } from "./read_image.ts";
import type { Base, Source } from "./source.ts";

/** What {@linkcode registrySource} works with. */
export interface RegistrySourceOptions {
  /** The base; `latest` where it has neither tag nor digest. */
  readonly reference: Reference;
  /** Gives the registry of a host. */
  readonly registries: Registries;
  /** Keeps manifests and configurations from run to run, and layers where they are kept. */
  readonly store: Store;
  /** Whether layers that are opened are kept: for places on this machine, which need them each time. */
  readonly keepLayers: boolean;
  /** Whether to do with what is kept. */
  readonly offline: boolean;
  /** Is told what goes on. */
  readonly report?: Reporter;
}

/** A source that reads a base image from a registry (spec.md, "Bases"). */
export function registrySource(options: RegistrySourceOptions): Source {
  const { registries, store, keepLayers, offline, report = SILENT } = options;
  const reference = withName(options.reference);
  return {
    async open(cancel = {}): Promise<Base> {
      const registry = registries(reference.registry);
      const documents = new BaseDocuments({ reference, registry, store, offline });
      const { registry: host, name } = reference;
      const layers = new BaseLayers({
        documents,
        origin: { registry: host, name },
        store,
        keep: keepLayers,
        report,
      });
      report.debug(`Detecting available platforms from base image: ${documents.name}`);
      const root = await documents.root(cancel);
      const images = await platformImages(root, documents, cancel);
      const loaded = new Once<Image>();
      return {
        name: baseName(reference),
        digest: root.descriptor.digest,
        platforms: images.map((image) => image.platform),
        async image(platform, cancel = {}): Promise<Image> {
          const found = images.find((image) => samePlatform(image.platform, platform));
          if (found === undefined) throw platformMissing(documents.name, platform, images);
          return await loaded.get(
            formatPlatform(found.platform),
            () =>
              readImage(found, documents, (layer, diffID) => layers.layer(layer, diffID), cancel),
          );
        },
      };
    },
  };
}

function withName(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: "latest" }
    : reference;
}

/** The name that can be resolved again later: by tag where there is one, even if a digest pins it now. */
function baseName({ registry, name, tag, digest }: Reference): string {
  return formatReference({
    registry,
    name,
    ...(tag !== undefined ? { tag } : digest === undefined ? {} : { digest }),
  });
}

function platformMissing(
  name: string,
  platform: Platform,
  images: readonly PlatformImage[],
): KrustError {
  const held = images.map((image) => formatPlatform(image.platform)).join(", ");
  return new KrustError(
    "base-platform-missing",
    `base image "${name}" has no ${formatPlatform(platform)}: it has ${
      held === "" ? "no image at all" : printable(held, 1_000)
    }`,
    { help: ["build for a platform that the base has, or choose another base"] },
  );
}

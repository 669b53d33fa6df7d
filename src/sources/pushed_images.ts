// Images that were pushed before, read by digest to be put somewhere else: under an index, into another
// repository. Documents are small and read whole; layers stay where they are until they are wanted.
import type { Digest } from "../core/digest.ts";
import { KrustError } from "../core/error.ts";
import { Once } from "../core/once.ts";
import { type Cancel, collect } from "../core/streams.ts";
import type { Image } from "../image/image.ts";
import type { Blob, Manifest } from "../oci/descriptor.ts";
import { MANIFEST_LIMIT } from "../oci/manifest.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import { RegistryError } from "../registry/errors.ts";
import type { RegistryReader } from "../registry/registry.ts";
import type { Documents } from "./documents.ts";
import { everyImage } from "./platform_images.ts";
import { readImage } from "./read_image.ts";

/** A reference that cannot be moved. */
export type PinnedReference = Reference & { readonly digest: Digest };

/**
 * The images behind a reference: itself, or those of the index; attestations are passed over. Each knows
 * the repository that holds it, so that nothing is sent there again.
 *
 * @throws {KrustError} `images-mismatch` where there is nothing by that digest, or no image;
 * `document-invalid`, and what the registry client throws.
 */
export async function pushedImages(
  reference: PinnedReference,
  registry: RegistryReader,
  cancel: Cancel,
): Promise<readonly Image[]> {
  const { registry: host, name, digest } = reference;
  const origin = { registry: host, name };
  const written = formatReference(reference);
  // An image is looked at twice: for what it is for, and for what it is made of.
  const manifests = new Once<Manifest>();
  const configs = new Once<Uint8Array<ArrayBuffer>>();
  const documents: Documents = {
    subject: `image "${written}"`,
    details: { reference: written },
    manifest: ({ digest }, cancel) =>
      manifests.get(digest, () => registry.getManifest(name, digest, cancel)),
    config: (descriptor, cancel) =>
      configs.get(descriptor.digest, async () => {
        const bytes = await registry.getBlob(name, descriptor, cancel);
        return await collect(bytes, MANIFEST_LIMIT, `the configuration of ${written}`);
      }),
  };
  const root = await manifests.get(
    digest,
    () => pinned(registry, name, digest, written, cancel),
  );
  const images: Image[] = [];
  for (const found of await everyImage(root, documents, cancel)) {
    const image = await readImage(
      found,
      documents,
      (descriptor, diffID) => ({
        descriptor,
        diffID,
        origin,
        open: (options) => registry.getBlob(name, descriptor, options),
      }),
      cancel,
    );
    const configBlob: Blob = { ...image.configBlob, origin };
    images.push({ ...image, configBlob, origin });
  }
  if (images.length > 0) return images;
  throw new KrustError("images-mismatch", `"${written}" is no image, nor an index of images`);
}

async function pinned(
  registry: RegistryReader,
  name: string,
  digest: Digest,
  written: string,
  cancel: Cancel,
): Promise<Manifest> {
  try {
    return await registry.getManifest(name, digest, cancel);
  } catch (error) {
    if (!(error instanceof RegistryError) || error.status !== 404) throw error;
    throw new KrustError("images-mismatch", `"${written}" was not found`, {
      cause: error,
      help: ["push the image first; its reference by digest is what the build prints"],
    });
  }
}

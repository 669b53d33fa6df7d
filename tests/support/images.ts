// Small images made of seeded noise: the same arguments always give the same digests.
import { gzipSync } from "node:zlib";
import { type Digest, sha256 } from "../../src/core/digest.ts";
import { encodeJson } from "../../src/core/json.ts";
import { bodyOf, bytesOf, collect } from "../../src/core/streams.ts";
import { writeTar } from "../../src/core/tar.ts";
import {
  type Image,
  imagesOf,
  type Index,
  type Layer,
  makeImage,
  makeIndex,
  type Node,
} from "../../src/image/image.ts";
import type { Blob, Manifest } from "../../src/oci/descriptor.ts";
import { DOCKER_MEDIA_TYPE, MEDIA_TYPE } from "../../src/oci/media_type.ts";
import type { RegistryWriter } from "../../src/registry/registry.ts";

/** How {@linkcode syntheticImage} is made. */
export interface SyntheticImageOptions {
  /** Tells images apart; 1 if not given. */
  readonly seed?: number;
  /** `os/architecture[/variant]`; `linux/amd64` if not given. */
  readonly platform?: string;
  /** How many layers; 2 if not given. */
  readonly layers?: number;
  /** Bytes in the one file of each layer; 2048 if not given. */
  readonly size?: number;
}

/** `size` bytes that depend on `seed` alone (xorshift32). */
export function noise(seed: number, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let at = 0; at < size; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
  return bytes;
}

/** A layer with one file of noise, `noise-SEED`, gzipped. */
export async function syntheticLayer(seed: number, size = 2048): Promise<Layer> {
  const entries = [{
    path: `noise-${seed}`,
    type: "file" as const,
    mode: 0o644,
    mtime: 0,
    body: bodyOf(noise(seed, size)),
  }];
  const tar = await collect(writeTar(entries), size + 65_536, "a test layer");
  const gzipped = new Uint8Array(gzipSync(tar));
  return {
    descriptor: {
      mediaType: MEDIA_TYPE.layerGzip,
      digest: sha256(gzipped),
      size: gzipped.length,
    },
    diffID: sha256(tar),
    open: () => Promise.resolve(bytesOf(gzipped)),
  };
}

/** An image of noise. */
export async function syntheticImage(options: SyntheticImageOptions = {}): Promise<Image> {
  const { seed = 1, platform = "linux/amd64", layers = 2, size = 2048 } = options;
  const made: Layer[] = [];
  for (let at = 0; at < layers; at++) made.push(await syntheticLayer(seed * 1_000 + at, size));
  const [os = "", architecture = "", variant] = platform.split("/");
  return makeImage({
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    config: { Env: ["PATH=/bin"], Labels: { seed: String(seed) } },
    rootfs: { type: "layers", diff_ids: made.map((layer) => layer.diffID) },
  }, made);
}

/** An index of noise: an image for each platform, whose first layer they have in common. */
export async function syntheticIndex(
  platforms: readonly string[],
  options: Omit<SyntheticImageOptions, "platform"> = {},
): Promise<Index> {
  const { seed = 1, size = 2048 } = options;
  const shared = await syntheticLayer(seed * 1_000, size);
  const images: Image[] = [];
  for (const [at, platform] of platforms.entries()) {
    const own = await syntheticImage({ ...options, seed: seed * 100 + at, platform, layers: 1 });
    const layers = [shared, ...own.layers];
    images.push(makeImage({
      ...own.config,
      rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.diffID) },
    }, layers));
  }
  return makeIndex(images);
}

/** The same image as docker would have typed it: other media types, so another manifest. */
export function dockerManifest(image: Image): Manifest {
  const raw = encodeJson({
    schemaVersion: 2,
    mediaType: DOCKER_MEDIA_TYPE.manifest,
    config: { ...image.configBlob.descriptor, mediaType: DOCKER_MEDIA_TYPE.config },
    layers: image.layers.map((layer) => ({
      ...layer.descriptor,
      mediaType: DOCKER_MEDIA_TYPE.layerGzip,
    })),
  });
  return documentOf(raw, DOCKER_MEDIA_TYPE.manifest);
}

/** Bytes as a manifest of the type given. */
export function documentOf(raw: Uint8Array<ArrayBuffer>, mediaType: string): Manifest {
  return { raw, descriptor: { mediaType, digest: sha256(raw), size: raw.length } };
}

/** All blobs of a node's images: layers and configurations, repeats and all. */
export function blobsOf(root: Node): readonly Blob[] {
  return imagesOf(root).flatMap((image) => [...image.layers, image.configBlob]);
}

/** The digests of all that a node consists of, manifests too. */
export function digestsOf(root: Node): ReadonlySet<Digest> {
  return new Set([
    ...blobsOf(root).map((blob) => blob.descriptor.digest),
    ...imagesOf(root).map((image) => image.descriptor.digest),
    root.descriptor.digest,
  ]);
}

/** Puts an image or index into a repository, plainly, under its digests and `tag`. */
export async function publish(
  registry: RegistryWriter,
  repository: string,
  root: Node,
  tag?: string,
): Promise<void> {
  for (const blob of blobsOf(root)) await registry.pushBlob(repository, blob);
  for (const image of imagesOf(root)) {
    await registry.pushManifest(repository, image, image.descriptor.digest);
  }
  await registry.pushManifest(repository, root, root.descriptor.digest);
  if (tag !== undefined) await registry.pushManifest(repository, root, tag);
}

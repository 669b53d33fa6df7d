// A registry as the place for images. Blobs go before the manifests that name them, manifests before
// the index, tags last: whatever fails, no tag or index ever names what is not there.
import { concurrently } from "../core/concurrently.ts";
import { type Digest, digestHex } from "../core/digest.ts";
import { KrustError } from "../core/error.ts";
import type { Cancel } from "../core/streams.ts";
import { type Image, imagePlatform, type Node } from "../image/image.ts";
import type { Blob, Manifest } from "../oci/descriptor.ts";
import { formatPlatform } from "../oci/platform.ts";
import { formatReference, formatRepository, type Repository } from "../oci/reference.ts";
import { RegistryError } from "../registry/errors.ts";
import type { Registries, Registry } from "../registry/registry.ts";
import type { Reporter } from "../report/reporter.ts";
import { distinctBlobs, distinctImages } from "./content.ts";
import type { Sink, Target } from "./sink.ts";

/** What {@linkcode registrySink} works with. */
export interface RegistrySinkOptions {
  /** Gives the registry of a host. */
  readonly registries: Registries;
  /** How many blobs or manifests are sent at once; 4 where it is not given. */
  readonly concurrency?: number;
}

/** One push under way. */
interface Push {
  readonly registry: Registry;
  readonly repository: Repository;
  readonly limit: number;
  readonly report: Reporter;
  /** Where this sink has put blobs before, by {@linkcode placeKey}. */
  readonly placed: Map<string, Repository>;
  /** Whether what the registry says of its blobs is not to be believed. */
  readonly force: boolean;
}

/**
 * A sink that pushes (spec.md, "build", rule 10; distribution-spec, "Pushing manifests").
 *
 * Where every tag has the image's digest already, nothing is sent. The reference given back is by
 * the digest computed here, never by one that the registry says.
 */
export function registrySink({ registries, concurrency = 4 }: RegistrySinkOptions): Sink {
  const placed = new Map<string, Repository>();
  return {
    async write(root, target, { report, signal }): Promise<readonly string[]> {
      const repository = targetRepository(target);
      const registry = registries(repository.registry);
      const push: Push = { registry, repository, limit: concurrency, report, placed, force: false };
      const cancel: Cancel = signal === undefined ? {} : { signal };
      report.info(`Pushing image to: ${destinations(repository, target.tags).join(", ")}`);
      await pushNode(push, root, target.tags, cancel);
      const reference = formatReference({ ...repository, digest: root.descriptor.digest });
      report.info(`Successfully pushed image: ${reference}`);
      return [reference];
    },
  };
}

function targetRepository(target: Target): Repository {
  if (target.repository !== undefined) return target.repository;
  throw new KrustError("internal", `no repository to push "${target.name}" to was given`);
}

function destinations(repository: Repository, tags: readonly string[]): readonly string[] {
  if (tags.length === 0) return [formatReference(repository)];
  return tags.map((tag) => formatReference({ ...repository, tag }));
}

async function pushNode(
  push: Push,
  root: Node,
  tags: readonly string[],
  cancel: Cancel,
): Promise<void> {
  const { digest } = root.descriptor;
  const wanted = tags.length === 0 ? [digest] : tags;
  const stale = await staleNames(push, digest, wanted, cancel);
  if (stale.length === 0) {
    push.report.debug(`${formatReference({ ...push.repository, digest })} is there already`);
    return;
  }
  try {
    // A name with our digest stands for the whole image, so other tags need no more than themselves.
    if (stale.length === wanted.length) await pushContent(push, root, cancel);
    await pushTags(push, root, tags.length === 0 ? [] : stale, cancel);
  } catch (error) {
    if (!isBlobUnknown(error)) throw error;
    // Registries have said that a blob is there which is not, or have swept it since.
    push.report.debug(`${push.registry.host} lacks a blob it was said to have; sending all again`);
    await pushContent({ ...push, force: true }, root, cancel);
    await pushTags(push, root, tags, cancel);
  }
}

/** The names that the registry does not have for our digest; a HEAD is believed only where it agrees. */
async function staleNames(
  { registry, repository, limit }: Push,
  digest: Digest,
  names: readonly string[],
  cancel: Cancel,
): Promise<readonly string[]> {
  const current = await concurrently(
    names.map((name) => async (signal: AbortSignal): Promise<boolean> => {
      const head = await registry.headManifest(repository.name, name, { signal });
      return head?.digest === digest;
    }),
    { limit, ...cancel },
  );
  return names.filter((_, index) => current[index] !== true);
}

/** Sends blobs, then manifests by digest, then the index by digest. */
async function pushContent(push: Push, root: Node, cancel: Cancel): Promise<void> {
  const images = distinctImages(root).filter((image) => push.force || !isThere(push, image));
  // The largest first: a large one begun last would keep one lane busy while the others idle.
  const blobs = distinctBlobs(images).toSorted((left, right) =>
    right.descriptor.size - left.descriptor.size
  );
  const configs = new Set(images.map((image) => image.configBlob.descriptor.digest));
  await concurrently(
    blobs.map((blob) => (signal: AbortSignal): Promise<void> =>
      pushBlob(push, blob, configs.has(blob.descriptor.digest) ? "config" : "layer", signal)
    ),
    { limit: push.limit, ...cancel },
  );
  await concurrently(
    images.map((image) => (signal: AbortSignal): Promise<void> =>
      pushDocument(push, image, `manifest for ${formatPlatform(imagePlatform(image))}`, signal)
    ),
    { limit: push.limit, ...cancel },
  );
  if (root.kind === "index") await pushDocument(push, root, "index", cancel.signal);
}

/** Whether an image was read from the very repository that it is to go to. */
function isThere({ repository }: Push, { origin }: Image): boolean {
  return origin !== undefined && formatRepository(origin) === formatRepository(repository);
}

async function pushBlob(
  push: Push,
  blob: Blob,
  what: "config" | "layer",
  signal: AbortSignal,
): Promise<void> {
  const { registry, repository, placed, force, report } = push;
  const { digest, size } = blob.descriptor;
  const key = placeKey(push, blob);
  const before = placed.get(key);
  if (before?.name === repository.name && !force) return;
  await report.step(
    `Pushing ${what} ${shortDigest(digest)}`,
    async (step) => {
      step.total(size);
      const outcome = await registry.pushBlob(repository.name, mountable(blob, before), {
        signal,
        force,
        onSent: (bytes) => step.advance(bytes),
      });
      if (outcome !== "uploaded") step.cached();
      report.debug(`${what} ${digest}: ${outcome}`);
    },
  );
  placed.set(key, repository);
}

/** The blob with the repository of this registry that is known to hold it, where one is. */
function mountable(blob: Blob, before: Repository | undefined): Blob {
  if (before === undefined || blob.origin?.registry === before.registry) return blob;
  return {
    descriptor: blob.descriptor,
    origin: before,
    open: (options) => blob.open(options),
  };
}

async function pushDocument(
  { registry, repository, report }: Push,
  manifest: Manifest,
  what: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { digest, size } = manifest.descriptor;
  await report.step(`Pushing ${what} ${shortDigest(digest)}`, async (step) => {
    step.total(size);
    await registry.pushManifest(
      repository.name,
      manifest,
      digest,
      signal === undefined ? {} : { signal },
    );
    step.advance(size);
  });
}

/** One after another, in the order given: a failure leaves the later tags as they were. */
async function pushTags(
  { registry, repository, report }: Push,
  root: Manifest,
  tags: readonly string[],
  cancel: Cancel,
): Promise<void> {
  for (const tag of tags) {
    await report.step(
      `Tagging ${formatReference({ ...repository, tag })}`,
      () => registry.pushManifest(repository.name, root, tag, cancel),
    );
  }
}

function placeKey({ repository }: Push, blob: Blob): string {
  return `${repository.registry} ${blob.descriptor.digest}`;
}

/** Enough of a digest to tell blobs apart on a screen. */
function shortDigest(digest: Digest): string {
  return `sha256:${digestHex(digest).slice(0, 12)}…`;
}

/** Whether a manifest was refused for a blob; Artifactory calls the manifest invalid (gardener/cc-utils#1752). */
function isBlobUnknown(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  return error.has("MANIFEST_BLOB_UNKNOWN") ||
    error.errors.some(({ code, message }) =>
      code === "MANIFEST_INVALID" && /\bblob\b/i.test(message)
    );
}

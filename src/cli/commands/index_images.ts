// `krust index`: joins images that separate machines pushed into one index.
import type { BuildResult } from "../../build/build_image.ts";
import type { Settings } from "../../config/resolve_settings.ts";
import { concurrently } from "../../core/concurrently.ts";
import { isDigest } from "../../core/digest.ts";
import { KrustError } from "../../core/error.ts";
import { differingFacts, requireOneBase } from "../../image/fitting.ts";
import { type Image, imagePlatform, imagesOf, type Node } from "../../image/image.ts";
import { joinImages } from "../../image/join.ts";
import { BASE_DIGEST, BASE_INDEX, BASE_NAME } from "../../oci/base_annotations.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { formatReference, parseReference } from "../../oci/reference.ts";
import type { Target } from "../../sinks/sink.ts";
import { type PinnedReference, pushedImages } from "../../sources/pushed_images.ts";
import type { BuildArguments } from "../build_options.ts";
import { conclude } from "../conclude.ts";
import { nameImage } from "../naming.ts";
import { writeReferences } from "../output.ts";
import type { Context } from "../program.ts";
import { byTag, published } from "../references.ts";
import type { Remote } from "../remote.ts";
import { openSession, type Session } from "../session.ts";

/** What `index` was given. */
export interface IndexArguments {
  /** What the index is to be called. */
  readonly target: string;
  /** The images to join, by digest. */
  readonly images: readonly string[];
  /** The settings that were given as flags, by name. */
  readonly flags: BuildArguments["flags"];
}

/** How many references are read at once. */
const CONCURRENCY = 4;

/**
 * Joins the images and pushes what is not there; prints the reference by digest.
 *
 * @throws {KrustError} `usage`, `reference-invalid`, `images-mismatch`, and what the registries' client
 * throws.
 */
export async function indexImages(given: IndexArguments, context: Context): Promise<number> {
  await writeReferences(context.host, await publish(given, context), { signal: context.signal });
  return 0;
}

async function publish(given: IndexArguments, context: Context): Promise<readonly string[]> {
  await using session = await openSession(given, context);
  const { settings, report, signal } = session;
  const { registries, registrySink } = await session.remote();
  const target = nameTarget(given.target, settings);
  const images = given.images.map((image) => pinnedReference(image, settings));
  const root = joinFitting(await readAll(images, { registries, signal }), session);
  const what = imagesOf(root).map((image) => formatPlatform(imagePlatform(image))).join(", ");
  report.info(`Joined ${what}: ${root.descriptor.digest}`);
  if (settings.dryRun.value) {
    const { repository } = target;
    const names = target.tags.map((tag) =>
      repository === undefined ? tag : formatReference({ ...repository, tag })
    );
    report.info(`Would push it to ${names.join(", ")}`);
    return [];
  }
  const pushed = await registrySink.write(root, target, { report, signal });
  const places = { target, pushed: true, toEngine: false };
  const references = settings.tagOnly.value ? byTag(pushed, places) : pushed;
  const result = { root, base: baseOf(root), references };
  const all = published(root, pushed, places);
  await conclude(session, { settings, places, result, published: all });
  return references;
}

/** What the index is called, as `--image` would have it. */
function nameTarget(written: string, settings: Settings): Target {
  const image = { value: written, origin: { kind: "flag", label: "REF" } } as const;
  return nameImage({ ...settings, image }, { package: "" });
}

function pinnedReference(written: string, { defaultRegistry }: Settings): PinnedReference {
  const { value: registry } = defaultRegistry;
  const reference = parseReference(written, registry === undefined ? {} : { registry });
  const { digest } = reference;
  if (digest !== undefined) return { ...reference, digest };
  const named = formatReference(reference);
  throw new KrustError("usage", `images are joined by digest: "${named}" has none`, {
    help: ["give what krust build printed: REGISTRY/REPOSITORY@sha256:…"],
  });
}

async function readAll(
  references: readonly PinnedReference[],
  { registries, signal }: Pick<Remote, "registries"> & Pick<Session, "signal">,
): Promise<readonly Image[]> {
  const found = await concurrently(
    references.map((reference) => (signal: AbortSignal) =>
      pushedImages(reference, registries(reference.registry), { signal })
    ),
    { limit: CONCURRENCY, signal },
  );
  return found.flat();
}

function joinFitting(images: readonly Image[], { settings, report }: Session): Node {
  const { annotation: { value: annotations, origin } } = settings;
  const root = joinImages(images, annotations);
  if (root.kind === "image" && origin.kind === "flag") {
    throw new KrustError("usage", `--annotation is for an index, and there is but one image`, {
      help: ["an image has its annotations from when it was built"],
    });
  }
  const joined = imagesOf(root);
  requireOneBase(joined);
  for (const difference of differingFacts(joined)) report.warn(difference);
  return root;
}

/** What the images stand on, as far as they say it alike. */
function baseOf(root: Node): BuildResult["base"] {
  const { [BASE_NAME]: name, [BASE_DIGEST]: own, [BASE_INDEX]: index } = root.annotations;
  const digest = index ?? own;
  return {
    ...(name === undefined ? {} : { name }),
    ...(digest !== undefined && isDigest(digest) ? { digest } : {}),
  };
}

// A tar file as the place for an image, for `docker load` and OCI readers alike; whole or absent.
import { basename, dirname } from "node:path";
import { KrustError } from "../core/error.ts";
import { placeOf } from "../core/files.ts";
import { type Image, imagePlatform, imagesOf, type Node } from "../image/image.ts";
import { type Platform, samePlatform } from "../oci/platform.ts";
import { distinctContent } from "./content.ts";
import { localFailure } from "./failure.ts";
import { type ArchiveContent, hybridArchive } from "./hybrid_archive.ts";
import { localRepository } from "./local_repository.ts";
import type { Sink, Target, WriteOptions } from "./sink.ts";
import {
  sweepTemporaries,
  syncDirectory,
  writeFileStreamed,
  writeIntoDevice,
} from "./whole_file.ts";

/** What {@linkcode archiveSink} works with. */
export interface ArchiveSinkOptions {
  /** The file to write; one that is there is replaced. */
  readonly path: string;
  /**
   * The platform that docker finds in the archive of an index; the first of the index where this one
   * is not in it, or not given. OCI readers find them all.
   */
  readonly platform?: Platform;
}

/** A sink that writes an archive named after the target, or `krust.local/NAME` without a repository. */
export function archiveSink({ path, platform }: ArchiveSinkOptions): Sink {
  return {
    async write(root, target, options): Promise<readonly string[]> {
      const image = dockerImage(root, platform);
      // An index without images has nothing that could be loaded.
      if (image === undefined) throw refusal(path, "the index holds no image");
      try {
        await writeArchive(path, contentOf(root, image, target), options);
      } catch (error) {
        options.signal?.throwIfAborted();
        throw localFailure("the archive", path, root, error);
      }
      options.report.info(`Wrote archive: ${path}`);
      return [];
    },
  };
}

function refusal(path: string, reason: string): KrustError {
  return new KrustError("sink-failed", `cannot write the archive "${path}": ${reason}`);
}

function dockerImage(root: Node, platform: Platform | undefined): Image | undefined {
  const images = imagesOf(root);
  return images.find((image) =>
    platform !== undefined && samePlatform(imagePlatform(image), platform)
  ) ?? images[0];
}

function contentOf(root: Node, image: Image, target: Target): ArchiveContent {
  return {
    root,
    image,
    repository: target.repository ?? localRepository(target.name),
    tags: target.tags,
  };
}

async function writeArchive(
  path: string,
  content: ArchiveContent,
  { signal, report }: WriteOptions,
): Promise<void> {
  await refuseDirectory(path);
  const { place, replaceable } = await placeOf(path);
  if (replaceable) await sweepTemporaries(dirname(place), basename(place));
  const cancel = signal === undefined ? {} : { signal };
  await report.step(`Writing archive ${path}`, async (step) => {
    step.total(distinctContent(content.root).reduce((sum, blob) => sum + blob.descriptor.size, 0));
    const write = replaceable ? writeFileStreamed : writeIntoDevice;
    await write(place, () => Promise.resolve(hybridArchive(content, cancel)), {
      ...cancel,
      onWritten: (bytes) => step.advance(bytes),
    });
  });
  if (replaceable) await syncDirectory(dirname(place));
}

async function refuseDirectory(path: string): Promise<void> {
  try {
    if ((await Deno.stat(path)).isDirectory) throw refusal(path, "it is a folder");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

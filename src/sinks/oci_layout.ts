// An OCI layout folder as the place for images (image-spec image-layout.md). Readers see the old
// state or the new one: blobs are whole before `index.json` names them, and it is replaced by rename.
import { dirname, join } from "node:path";
import { concurrently } from "../core/concurrently.ts";
import { digestHex } from "../core/digest.ts";
import { KrustError } from "../core/error.ts";
import { hashFile, readFile, writeAll } from "../core/files.ts";
import { encodeJson } from "../core/json.ts";
import { bytesOf, type Cancel, collect } from "../core/streams.ts";
import type { Node } from "../image/image.ts";
import type { Blob } from "../oci/descriptor.ts";
import { MANIFEST_LIMIT } from "../oci/manifest.ts";
import type { Step } from "../report/reporter.ts";
import { distinctContent } from "./content.ts";
import { localFailure } from "./failure.ts";
import {
  BLOB_FOLDER,
  checkLayoutFile,
  EMPTY_INDEX,
  INDEX_FILE,
  LAYOUT_FILE,
  LAYOUT_VERSION,
  type LayoutIndex,
  parseLayoutIndex,
  withTags,
} from "./layout_index.ts";
import type { Sink, Target, WriteOptions } from "./sink.ts";
import { sweepTemporaries, syncDirectory, writeFileStreamed } from "./whole_file.ts";

/** How many blobs are written at once. */
const CONCURRENCY = 4;

/** Milliseconds between two looks at a layout that another run is writing. */
const LOCK_INTERVAL = 100;

/** A sink that adds to the OCI layout in `directory`, which is made where it is not there. */
export function ociLayoutSink(directory: string): Sink {
  return {
    async write(root, target, options): Promise<readonly string[]> {
      try {
        await requireLayoutOrEmpty(directory);
        await Deno.mkdir(directory, { recursive: true });
        using _lock = await lockLayout(directory, options);
        await writeNode(directory, root, target, options);
      } catch (error) {
        options.signal?.throwIfAborted();
        throw localFailure("the OCI layout", directory, root, error);
      }
      options.report.info(`Wrote OCI layout: ${directory} (${target.tags.join(", ")})`);
      return [];
    },
  };
}

/** Refuses a place that holds something else. */
async function requireLayoutOrEmpty(directory: string): Promise<void> {
  const refuse = (reason: string): KrustError =>
    new KrustError("sink-failed", `cannot write an OCI layout to "${directory}": ${reason}`, {
      help: ["name a folder that is empty, an OCI layout, or not there yet"],
    });
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(directory)) names.push(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    if (error instanceof Deno.errors.NotADirectory) throw refuse("it is a file");
    throw error;
  }
  if (names.length > 0 && !names.includes(LAYOUT_FILE)) {
    throw refuse("it is a folder that holds other things and is no OCI layout");
  }
}

/**
 * Waits until no other run writes to the layout. What is locked is the `oci-layout` file: it is there
 * anyway, and is the one file of a layout that is never replaced.
 */
async function lockLayout(
  directory: string,
  { signal, report }: WriteOptions,
): Promise<Deno.FsFile> {
  const path = join(directory, LAYOUT_FILE);
  const file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o644 });
  try {
    for (let told = false; !await file.tryLock(true); told = true) {
      if (!told) report.info(`Waiting for another program to finish with: ${directory}`);
      await new Promise((resolve) => setTimeout(resolve, LOCK_INTERVAL));
      signal?.throwIfAborted();
    }
    const raw = await collect(await readFile(path), MANIFEST_LIMIT, `"${path}"`);
    if (raw.length > 0) checkLayoutFile(raw, `"${path}"`);
    else await writeLayoutFile(file);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

async function writeLayoutFile(file: Deno.FsFile): Promise<void> {
  await writeAll(file, encodeJson(LAYOUT_VERSION));
  await file.sync();
}

async function writeNode(
  directory: string,
  root: Node,
  target: Target,
  { signal, report }: WriteOptions,
): Promise<void> {
  const blobFolder = join(directory, BLOB_FOLDER);
  const cancel: Cancel = signal === undefined ? {} : { signal };
  await Deno.mkdir(blobFolder, { recursive: true });
  await sweepTemporaries(directory);
  await sweepTemporaries(blobFolder);
  // Read before anything is written: an index that cannot be kept must not cost the time.
  const index = await readIndex(directory);
  const blobs = distinctContent(root);
  await report.step(`Writing OCI layout ${directory}`, async (step) => {
    step.total(blobs.reduce((sum, blob) => sum + blob.descriptor.size, 0));
    await concurrently(
      blobs.map((blob) => (signal: AbortSignal): Promise<void> =>
        writeBlob(blobFolder, blob, step, signal)
      ),
      { limit: CONCURRENCY, ...cancel },
    );
  });
  for (const folder of [blobFolder, dirname(blobFolder), directory]) await syncDirectory(folder);
  const next = withTags(index, root.descriptor, target.tags, target.repository);
  await writeFileStreamed(
    join(directory, INDEX_FILE),
    () => Promise.resolve(bytesOf(encodeJson(next))),
    cancel,
  );
  await syncDirectory(directory);
}

async function readIndex(directory: string): Promise<LayoutIndex> {
  const path = join(directory, INDEX_FILE);
  try {
    return parseLayoutIndex(
      await collect(await readFile(path), MANIFEST_LIMIT, `"${path}"`),
      `"${path}"`,
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return EMPTY_INDEX;
    throw error;
  }
}

async function writeBlob(
  folder: string,
  blob: Blob,
  step: Step,
  signal: AbortSignal,
): Promise<void> {
  const path = join(folder, digestHex(blob.descriptor.digest));
  if (await isIntact(path, blob, signal)) {
    step.advance(blob.descriptor.size);
    return;
  }
  await writeFileStreamed(path, () => blob.open({ signal }), {
    signal,
    onWritten: (bytes) => step.advance(bytes),
  });
}

/** Whether a blob is there and is what its name says; a link is not trusted to stay what it is. */
async function isIntact(path: string, blob: Blob, signal: AbortSignal): Promise<boolean> {
  try {
    const { isFile, size } = await Deno.lstat(path);
    if (!isFile || size !== blob.descriptor.size) return false;
    return (await hashFile(path, { signal })).digest === blob.descriptor.digest;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

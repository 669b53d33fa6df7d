// Files made into a layer, in one pass: tar, diffID, gzip, digest, store. The same files give the
// same bytes, and what was packed before is found by what it would be made of.
import * as v from "valibot";
import { type Digest, Hasher, sha256 } from "../core/digest.ts";
import { KrustError } from "../core/error.ts";
import { encodeJson } from "../core/json.ts";
import { printable } from "../core/printable.ts";
import type { Body, Bytes, Cancel } from "../core/streams.ts";
import type { TarEntry } from "../core/tar.ts";
import { isTarTime } from "../core/tar_rules.ts";
import type { MediaType } from "../oci/media_type.ts";
import { digestSchema, sizeSchema } from "../oci/schema.ts";
import type { Store } from "../store/store.ts";
import { type Compression, DEFAULT_COMPRESSION, layerType } from "./compression.ts";
import type { Layer } from "./image.ts";
import { arrangeEntries, type LayerEntry, type LayerFile } from "./layer_entry.ts";

/** Options of {@linkcode packLayer}. */
export interface PackOptions extends Cancel {
  /** Keeps the layer, and what it was made of. */
  readonly store: Store;
  /** Seconds since 1970, whole, for every entry. */
  readonly mtime: number;
  /** How the layer is compressed; {@linkcode DEFAULT_COMPRESSION} if not given. */
  readonly compression?: Compression;
  /** Workers that may share the compression; the bytes are the same with any number. */
  readonly workers?: number;
  /** Told of the files' bytes as they are read; not called where the layer was kept already. */
  readonly onRead?: (bytes: number) => void;
}

/** A layer, and whether there was anything to do for it. */
export interface PackedLayer {
  /** The layer. */
  readonly layer: Layer;
  /** Whether the store had it. */
  readonly cached: boolean;
}

/** Changes whenever the same entries would be written as other bytes. */
const PACK_FORMAT = 1;

const answerSchema = v.object({ digest: digestSchema, size: sizeSchema, diffID: digestSchema });

/**
 * Packs entries into a layer. Parents are listed, entries sorted, times all the same.
 *
 * @throws {KrustError} `config-invalid` for entries that cannot be in one layer and for times that no
 * archive holds, `store-failed` where
 * a file changed since its digest was taken, or cannot be read, or the layer cannot be kept.
 */
export async function packLayer(
  entries: readonly LayerEntry[],
  options: PackOptions,
): Promise<PackedLayer> {
  const { store, compression = DEFAULT_COMPRESSION, workers = 0, mtime, onRead = () => {} } =
    options;
  const cancel: Cancel = options.signal === undefined ? {} : { signal: options.signal };
  if (!isTarTime(mtime)) {
    throw new KrustError("config-invalid", `cannot give a file the time ${mtime}`, {
      help: ["a time is a whole number of seconds since 1970, before the year 2242"],
    });
  }
  const arranged = arrangeEntries(entries);
  const key = cacheKey(arranged, mtime, compression);
  const mediaType = layerType(compression);
  const kept = await findPacked(store, key, mediaType);
  if (kept !== undefined) return { layer: kept, cached: true };

  const { writeLayer } = await import("./write_layer.ts");
  const diffID = new Hasher();
  const bytes = writeLayer(arranged.map((entry) => tarEntry(entry, mtime, onRead)), {
    ...cancel,
    compression,
    workers,
    onTar: (chunk) => diffID.update(chunk),
  });
  const blob = await store.ingest(bytes, mediaType, cancel);
  const layer: Layer = { ...blob, diffID: diffID.digest() };
  const { digest, size } = blob.descriptor;
  await store.remember(key, { digest, size, diffID: layer.diffID });
  return { layer, cached: false };
}

/** The hash of all that a layer's bytes depend on; the compressor's are a matter of the runtime. */
function cacheKey(
  entries: readonly LayerEntry[],
  mtime: number,
  { format, level }: Compression,
): Digest {
  return sha256(encodeJson({
    format: PACK_FORMAT,
    runtime: Deno.version.deno,
    compression: [format, level],
    mtime,
    entries: entries.map((entry) => {
      const { path, type = "file", uid = 0, gid = 0 } = entry;
      const own = entry.type === "symlink"
        ? [entry.target]
        : entry.type === "directory"
        ? [entry.mode]
        : [entry.mode, entry.digest, entry.body.size, ...capabilityKey(entry)];
      return [path, type, uid, gid, ...own];
    }),
  }));
}

/** What capabilities add to a file's part of the key. */
function capabilityKey({ capabilities }: LayerFile): readonly string[] {
  return capabilities === undefined ? [] : [capabilities.toHex()];
}

async function findPacked(
  store: Store,
  key: Digest,
  mediaType: MediaType,
): Promise<Layer | undefined> {
  const answer = v.safeParse(answerSchema, await store.recall(key));
  if (!answer.success) return undefined;
  const { digest, size, diffID } = answer.output;
  const blob = await store.find({ mediaType, digest, size });
  return blob === undefined ? undefined : { ...blob, diffID };
}

function tarEntry(entry: LayerEntry, mtime: number, onRead: (bytes: number) => void): TarEntry {
  const common = { path: entry.path, mtime, uid: entry.uid ?? 0, gid: entry.gid ?? 0 };
  if (entry.type === "symlink") {
    return { ...common, type: "symlink", mode: 0o777, linkname: entry.target };
  }
  if (entry.type === "directory") return { ...common, type: "directory", mode: entry.mode };
  const { mode, capabilities } = entry;
  return {
    ...common,
    type: "file",
    mode,
    body: unchanged(entry, onRead),
    ...(capabilities === undefined ? {} : { xattrs: { "security.capability": capabilities } }),
  };
}

/** A file's body whose stream fails if it is not what was promised: another cargo may be at work. */
function unchanged(file: LayerFile, onRead: (bytes: number) => void): Body {
  const changed = (): KrustError =>
    new KrustError("store-failed", `"/${printable(file.path)}" changed while it was read`, {
      help: ["wait until nothing else writes it, then run again"],
    });
  const check = (bytes: Bytes): Bytes => {
    const hasher = new Hasher();
    return bytes.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(chunk, controller): void {
          hasher.update(chunk);
          if (hasher.size > file.body.size) throw changed();
          onRead(chunk.length);
          controller.enqueue(chunk);
        },
        flush(): void {
          if (hasher.size !== file.body.size || hasher.digest() !== file.digest) throw changed();
        },
      }),
    );
  };
  return { size: file.body.size, open: async (options) => check(await file.body.open(options)) };
}

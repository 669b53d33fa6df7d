// One tar for both kinds of reader: an OCI layout (skopeo, containerd, nerdctl) that has docker's
// `manifest.json` too (docker load, podman load). The same image and names give the same bytes.
import { digestHex } from "../core/digest.ts";
import { encodeJson } from "../core/json.ts";
import { bodyOf, type Bytes, type Cancel } from "../core/streams.ts";
import { type TarEntry, writeTar } from "../core/tar.ts";
import type { Image, Node } from "../image/image.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { formatReference, type Repository } from "../oci/reference.ts";
import { distinctContent } from "./content.ts";
import {
  BLOB_FOLDER,
  EMPTY_INDEX,
  INDEX_FILE,
  LAYOUT_FILE,
  LAYOUT_VERSION,
  withTags,
} from "./layout_index.ts";

/** What goes into an archive. */
export interface ArchiveContent {
  /** What the OCI reader finds. */
  readonly root: Node;
  /** What the docker reader finds: it takes one platform. */
  readonly image: Image;
  /** The repository in the names of both. */
  readonly repository: Repository;
  /** The tags in the names of both. */
  readonly tags: readonly string[];
}

/**
 * The archive as a stream: entries sorted by path, times 0, owner root.
 *
 * @throws {KrustError} through the stream, what opening a blob throws.
 */
export function hybridArchive(content: ArchiveContent, options: Cancel = {}): Bytes {
  return writeTar(archiveEntries(content), options);
}

function archiveEntries({ root, image, repository, tags }: ArchiveContent): readonly TarEntry[] {
  const blobs = distinctContent(root).map((blob): TarEntry => ({
    path: blobPath(blob.descriptor),
    type: "file",
    mode: 0o644,
    mtime: 0,
    body: { size: blob.descriptor.size, open: (options) => blob.open(options) },
  }));
  return [
    directory("blobs"),
    directory(BLOB_FOLDER),
    ...blobs.toSorted((left, right) => left.path < right.path ? -1 : 1),
    document(INDEX_FILE, withTags(EMPTY_INDEX, root.descriptor, tags, repository)),
    document("manifest.json", [{
      Config: blobPath(image.configBlob.descriptor),
      RepoTags: tags.map((tag) => formatReference({ ...repository, tag })),
      Layers: image.layers.map((layer) => blobPath(layer.descriptor)),
    }]),
    document(LAYOUT_FILE, LAYOUT_VERSION),
  ];
}

function blobPath({ digest }: Descriptor): string {
  return `${BLOB_FOLDER}/${digestHex(digest)}`;
}

function directory(path: string): TarEntry {
  return { path, type: "directory", mode: 0o755, mtime: 0 };
}

function document(path: string, value: unknown): TarEntry {
  return { path, type: "file", mode: 0o644, mtime: 0, body: bodyOf(encodeJson(value)) };
}

// The two small documents of an OCI layout (image-spec image-layout.md): `oci-layout`, and
// `index.json`, in which what others wrote is kept byte for byte as far as JSON goes.
import * as v from "valibot";
import { decodeJson, validateJson } from "../core/json.ts";
import type { Annotations, Descriptor } from "../oci/descriptor.ts";
import { formatDescriptor } from "../oci/manifest.ts";
import { MEDIA_TYPE } from "../oci/media_type.ts";
import { formatReference, type Repository } from "../oci/reference.ts";

/** The file that makes a folder a layout. */
export const LAYOUT_FILE = "oci-layout";

/** The file that names what a layout holds. */
export const INDEX_FILE = "index.json";

/** Where in a layout the blobs are. */
export const BLOB_FOLDER = "blobs/sha256";

/** What {@linkcode LAYOUT_FILE} says. */
export const LAYOUT_VERSION = { imageLayoutVersion: "1.0.0" } as const;

/** The annotation by which a reader of a layout finds an image. */
export const REF_NAME = "org.opencontainers.image.ref.name";

/** The annotation from which containerd takes an image's full name. */
const CONTAINERD_NAME = "io.containerd.image.name";

const layoutSchema = v.looseObject({ imageLayoutVersion: v.picklist(["1.0.0"]) });

const entrySchema = v.looseObject({
  annotations: v.optional(v.record(v.string(), v.string())),
});

const indexSchema = v.looseObject({
  schemaVersion: v.literal(2),
  manifests: v.array(entrySchema),
});

/** An entry of an `index.json`; keys that are not used here are kept. */
export interface LayoutEntry {
  /** Notes, the name among them. */
  readonly annotations?: Annotations | undefined;
  /** Whatever else is there. */
  readonly [key: string]: unknown;
}

/** An `index.json` whose entries may have been written by anybody; keys not used here are kept. */
export interface LayoutIndex {
  /** Always 2. */
  readonly schemaVersion: 2;
  /** Descriptors of manifests and indexes. */
  readonly manifests: readonly LayoutEntry[];
  /** Whatever else is there. */
  readonly [key: string]: unknown;
}

/** An `index.json` that names nothing yet. */
export const EMPTY_INDEX: LayoutIndex = {
  schemaVersion: 2,
  mediaType: MEDIA_TYPE.index,
  manifests: [],
};

/**
 * Checks that a file is the `oci-layout` of a version that is known here.
 *
 * @throws {KrustError} `document-invalid`.
 */
export function checkLayoutFile(raw: Uint8Array, what: string): void {
  validateJson(layoutSchema, decodeJson(raw, what), what);
}

/**
 * Reads an `index.json`.
 *
 * @throws {KrustError} `document-invalid`.
 */
export function parseLayoutIndex(raw: Uint8Array, what: string): LayoutIndex {
  const value = decodeJson(raw, what);
  validateJson(indexSchema, value, what);
  // What was validated, rather than the validator's copy, whose keys stand in another order.
  return value as LayoutIndex;
}

/** The same index with `descriptor` under each of `tags`; what had one of the tags loses its entry. */
export function withTags(
  index: LayoutIndex,
  descriptor: Descriptor,
  tags: readonly string[],
  repository: Repository | undefined,
): LayoutIndex {
  const kept = index.manifests.filter(({ annotations }) => {
    const name = annotations?.[REF_NAME];
    return name === undefined || !tags.includes(name);
  });
  return {
    ...index,
    manifests: [
      ...kept,
      ...tags.map((tag) =>
        formatDescriptor({
          ...descriptor,
          annotations: {
            ...descriptor.annotations,
            [REF_NAME]: tag,
            ...(repository === undefined
              ? {}
              : { [CONTAINERD_NAME]: formatReference({ ...repository, tag }) }),
          },
        })
      ),
    ],
  };
}

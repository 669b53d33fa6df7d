// The image configuration (image-spec config.md): what a container engine runs, and the diffIDs.
import * as v from "valibot";
import { decodeJson, validateJson } from "../core/json.ts";
import type { Digest } from "../core/digest.ts";
import { digestSchema, withoutNulls } from "./schema.ts";

/** A line of an image's history (image-spec config.md, "history"). */
export interface History {
  /** RFC 3339 time at which it was made. */
  readonly created?: string;
  /** What made it. */
  readonly created_by?: string;
  /** Who made it. */
  readonly author?: string;
  /** A remark. */
  readonly comment?: string;
  /** Whether it made no layer. */
  readonly empty_layer?: boolean;
}

/** How a container of the image runs; keys as the spec has them. Keys unknown here are kept. */
export interface ContainerConfig {
  /** User, or uid, and group, as `user:group`. */
  readonly User?: string;
  /** Ports as `80/tcp`, a set. */
  readonly ExposedPorts?: Readonly<Record<string, Readonly<Record<string, never>>>>;
  /** Variables as `NAME=value`. */
  readonly Env?: readonly string[];
  /** What is run. */
  readonly Entrypoint?: readonly string[];
  /** Arguments to it, which a user may replace. */
  readonly Cmd?: readonly string[];
  /** Paths that hold data of the container, a set. */
  readonly Volumes?: Readonly<Record<string, Readonly<Record<string, never>>>>;
  /** Where it starts. */
  readonly WorkingDir?: string;
  /** Free-form notes. */
  readonly Labels?: Readonly<Record<string, string>>;
  /** The signal that ends it. */
  readonly StopSignal?: string;
}

/** An image's configuration. */
export interface ImageConfig {
  /** RFC 3339 time at which it was made. */
  readonly created?: string;
  /** Who made it. */
  readonly author?: string;
  /** In the words of Go: `amd64`. */
  readonly architecture: string;
  /** In the words of Go: `linux`. */
  readonly os: string;
  /** Variant of the architecture: `v7`. */
  readonly variant?: string;
  /** How a container of it runs. */
  readonly config?: ContainerConfig;
  /** The layers by the digest of their tar, the lowest first. */
  readonly rootfs: { readonly type: "layers"; readonly diff_ids: readonly Digest[] };
  /** What was done to make it, oldest first. */
  readonly history?: readonly History[];
}

// A set, as Go writes one; what stands in the values means nothing.
const set = v.record(
  v.string(),
  v.pipe(v.looseObject({}), v.transform((): Record<string, never> => ({}))),
);

const containerSchema = v.looseObject({
  User: v.exactOptional(v.string()),
  ExposedPorts: v.exactOptional(set),
  Env: v.exactOptional(v.array(v.string())),
  Entrypoint: v.exactOptional(v.array(v.string())),
  Cmd: v.exactOptional(v.array(v.string())),
  Volumes: v.exactOptional(set),
  WorkingDir: v.exactOptional(v.string()),
  Labels: v.exactOptional(v.record(v.string(), v.string())),
  StopSignal: v.exactOptional(v.string()),
});

const historySchema = v.object({
  created: v.exactOptional(v.string()),
  created_by: v.exactOptional(v.string()),
  author: v.exactOptional(v.string()),
  comment: v.exactOptional(v.string()),
  empty_layer: v.exactOptional(v.boolean()),
});

const schema = v.object({
  created: v.exactOptional(v.string()),
  author: v.exactOptional(v.string()),
  architecture: v.string(),
  os: v.string(),
  variant: v.exactOptional(v.string()),
  config: v.exactOptional(containerSchema),
  // Go writes null for the diffIDs of an image without layers.
  rootfs: v.object({ type: v.literal("layers"), diff_ids: v.optional(v.array(digestSchema), []) }),
  history: v.exactOptional(v.array(historySchema)),
});

/**
 * Reads an image configuration that anybody may have written; nulls become absent.
 *
 * @param what names the document in the error.
 * @throws {KrustError} `document-invalid`.
 */
export function parseImageConfig(raw: Uint8Array, what: string): ImageConfig {
  return validateJson(schema, withoutNulls(decodeJson(raw, what)), what);
}

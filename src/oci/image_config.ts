// The image configuration (image-spec config.md): what a container engine runs, and the diffIDs.
import * as v from "valibot";
import { decodeJson, validateJson } from "../core/json.ts";
import type { Digest } from "../core/digest.ts";
import { digestSchema } from "./schema.ts";

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
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, Readonly<Record<string, never>>>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: Readonly<Record<string, Readonly<Record<string, never>>>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
}

/** An image's configuration. */
export interface ImageConfig {
  readonly created?: string;
  readonly author?: string;
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly config?: ContainerConfig;
  readonly rootfs: { readonly type: "layers"; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly History[];
}

// Docker writes null where it means absent; a base may come from anybody.
const nullable = <const Schema extends v.GenericSchema>(
  schema: Schema,
): v.OptionalSchema<v.NullableSchema<Schema, undefined>, undefined> =>
  v.optional(v.nullable(schema));

const set = v.record(v.string(), v.looseObject({}));

const schema = v.object({
  created: nullable(v.string()),
  author: nullable(v.string()),
  architecture: v.string(),
  os: v.string(),
  variant: nullable(v.string()),
  config: nullable(v.looseObject({
    User: nullable(v.string()),
    ExposedPorts: nullable(set),
    Env: nullable(v.array(v.string())),
    Entrypoint: nullable(v.array(v.string())),
    Cmd: nullable(v.array(v.string())),
    Volumes: nullable(set),
    WorkingDir: nullable(v.string()),
    Labels: nullable(v.record(v.string(), v.string())),
    StopSignal: nullable(v.string()),
  })),
  rootfs: v.object({ type: v.literal("layers"), diff_ids: v.array(digestSchema) }),
  history: nullable(v.array(v.object({
    created: nullable(v.string()),
    created_by: nullable(v.string()),
    author: nullable(v.string()),
    comment: nullable(v.string()),
    empty_layer: nullable(v.boolean()),
  }))),
});

/**
 * Reads an image configuration that anybody may have written; nulls become absent.
 *
 * @param what names the document in the error.
 * @throws {KrustError} `document-invalid`.
 */
export function parseImageConfig(raw: Uint8Array, what: string): ImageConfig {
  return withoutNulls(validateJson(schema, decodeJson(raw, what), what)) as ImageConfig;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null && item !== undefined)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

// Schemas shared by the documents that others write: digests, sizes, platforms, descriptors.
import * as v from "valibot";
import { type Digest, isDigest } from "../core/digest.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Platform } from "./platform.ts";

/**
 * A decoded document without its nulls: Go's encoders write null where others leave out, and its
 * decoders take the one for the other. Nulls in arrays stay.
 */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

/** A sha256 digest; nothing else may reach a path or an address (CVE-2024-3727). */
export const digestSchema: v.GenericSchema<unknown, Digest> = v.custom<Digest>(
  (input) => typeof input === "string" && isDigest(input),
  (issue) => `expected a sha256 digest but received ${issue.received.slice(0, 100)}`,
);

/** A size in bytes that JSON has not rounded. */
export const sizeSchema: v.GenericSchema<unknown, number> = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(0),
);

/** A platform as it stands in an index; keys that krust does not use are dropped. */
export const platformSchema: v.GenericSchema<unknown, Platform> = v.object({
  os: v.string(),
  architecture: v.string(),
  variant: v.exactOptional(v.string()),
});

/** A descriptor; `urls` and `data` are dropped on purpose: they are never followed. */
export const descriptorSchema: v.GenericSchema<unknown, Descriptor> = v.object({
  mediaType: v.string(),
  digest: digestSchema,
  size: sizeSchema,
  platform: v.exactOptional(platformSchema),
  artifactType: v.exactOptional(v.string()),
  annotations: v.exactOptional(v.record(v.string(), v.string())),
});

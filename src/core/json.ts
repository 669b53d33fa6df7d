// JSON in and out: compact and in the order written going out, strict and validated coming in.
import * as v from "valibot";
import { KrustError } from "./error.ts";

/** Encodes a value as compact JSON in UTF-8, keys in the order in which they were set. */
export function encodeJson(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/**
 * Decodes JSON that somebody else wrote.
 *
 * @param what names the document in the error.
 * @throws {KrustError} `document-invalid` for bad UTF-8 or bad JSON.
 */
export function decodeJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw new KrustError("document-invalid", `${what} is not JSON`, { cause: error });
  }
}

/**
 * Checks a decoded document against a schema and gives it its type.
 *
 * @param what names the document in the error.
 * @throws {KrustError} `document-invalid` naming the first path that does not fit.
 */
export function validateJson<const Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  throw new KrustError(
    "document-invalid",
    `${what} does not have the form it should: ${path === null ? "" : `${path}: `}${issue.message}`,
  );
}

// JSON in and out: compact and in the order written going out, strict and validated coming in.
import * as v from "valibot";
import { KrustError } from "./error.ts";
import { printable } from "./printable.ts";

/** Encodes a value as compact JSON in UTF-8, keys in the order in which they were set. */
export function encodeJson(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** How deep a document may nest: far beyond any honest one, far from where recursion breaks. */
export const NESTING_LIMIT = 256;

/**
 * Decodes JSON that somebody else wrote.
 *
 * @param what names the document in the error.
 * @throws {KrustError} `document-invalid` for bad UTF-8, bad JSON, and nesting beyond
 * {@linkcode NESTING_LIMIT}: JSON.parse takes any depth, but what walks the value afterwards does not.
 */
export function decodeJson(bytes: Uint8Array, what: string): unknown {
  if (nestsBeyond(bytes, NESTING_LIMIT)) {
    throw new KrustError(
      "document-invalid",
      `${what} is not JSON that can be read: it nests more than ${NESTING_LIMIT} levels deep`,
    );
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw new KrustError("document-invalid", `${what} is not JSON`, { cause: error });
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

function nestsBeyond(bytes: Uint8Array, limit: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (quoted) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      if (++depth > limit) return true;
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth--;
  }
  return false;
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
  const where = path === null ? "" : `${printable(path)}: `;
  throw new KrustError(
    "document-invalid",
    `${what} does not have the form it should: ${where}${printable(issue.message)}`,
  );
}

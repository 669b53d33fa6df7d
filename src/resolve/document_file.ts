// A text with Kubernetes documents in it, and the faults that such a text can have.
import { KrustError } from "../core/error.ts";
import { formatPlace, type Position } from "../core/position.ts";

/** A file of documents, or what was on standard input. */
export interface DocumentFile {
  /** Its path as the user named it; `-` is standard input. */
  readonly name: string;
  /** The folder that it lies in, absolute; undefined for standard input. */
  readonly directory?: string;
  /** All of it. Written as UTF-8 it is the file again, byte for byte. */
  readonly text: string;
}

/** Offsets into a text, in UTF-16 units: from the first up to, but without, the second. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The deepest nesting of lists and maps (reliability.md S5). */
export const DEPTH_LIMIT = 64;

/** Why a text cannot be read, and where. */
export interface Fault {
  readonly offset: number;
  readonly reason: string;
}

/** The fault of a text that nests too deeply at an offset. */
export function tooDeep(offset: number): Fault {
  return { offset, reason: `lists and maps are nested more than ${DEPTH_LIMIT} deep` };
}

/** The error for a file that cannot be read as YAML or JSON. */
export function brokenDocument(name: string, position: Position, reason: string): KrustError {
  return new KrustError("yaml-invalid", `${formatPlace(name, position)}: ${reason}`, {
    details: { path: name, line: String(position.line), column: String(position.column) },
  });
}

// Puts texts in the place of others; every other character stays where it was.
import type { Span } from "./document_file.ts";

/** A piece of a text, and what takes its place. */
export interface Edit extends Span {
  readonly text: string;
}

/** A text with its edits made. Edits do not overlap, but one may lie within another that drops all. */
export function splice(text: string, edits: readonly Edit[]): string {
  const pieces: string[] = [];
  let at = 0;
  for (const edit of edits.toSorted((left, right) => left.start - right.start)) {
    // What was dropped with what is around it has no place any more.
    if (edit.start < at) continue;
    pieces.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  pieces.push(text.slice(at));
  return pieces.join("");
}

/** An image's reference as a scalar: one that begins with an IPv6 address needs quotes, so as not to be a list. */
export function asScalar(reference: string, plain: boolean): string {
  return plain && reference.startsWith("[") ? `'${reference}'` : reference;
}

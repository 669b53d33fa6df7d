// Puts the texts of several files one after another, so that each document stays one.
import { beginsWithMarker, endsWithMarker } from "./split.ts";

/** The texts in order, with one `---` wherever two would otherwise run together. */
export function joinDocuments(texts: readonly string[]): string {
  let joined = "";
  for (const text of texts) {
    if (text === "") continue;
    if (joined !== "") joined += between(joined, text);
    joined += text;
  }
  return joined;
}

function between(before: string, after: string): string {
  const newline = before.includes("\r\n") ? "\r\n" : "\n";
  const end = before.endsWith("\n") ? "" : newline;
  return endsWithMarker(before) || beginsWithMarker(after) ? end : `${end}---${newline}`;
}

// What a label selector leaves out of a file, document by document.
import { LineIndex } from "../core/position.ts";
import { brokenDocument, type DocumentFile, type Span } from "./document_file.ts";
import { markerLength } from "./scan.ts";
import { scanJson } from "./scan_json.ts";
import { unselected } from "./select_yaml.ts";
import type { Selector } from "./selector.ts";
import { splitDocuments } from "./split.ts";

/**
 * A file's text without what the selector does not mean.
 *
 * @throws {KrustError} `yaml-invalid` where a document cannot be read.
 */
export async function unselectedSpans(
  file: DocumentFile,
  selector: Selector,
): Promise<readonly Span[]> {
  const dropped: Span[] = [];
  for (const { start, end } of splitDocuments(file.text).flatMap((span) => values(file, span))) {
    const found = await unselected(file.text.slice(start, end), selector);
    if ("reason" in found) {
      const position = new LineIndex(file.text).position(start + found.offset);
      throw brokenDocument(file.name, position, found.reason);
    }
    for (const span of found) dropped.push({ start: start + span.start, end: start + span.end });
  }
  return dropped;
}

/** The values of a document that is JSON of several, without gaps; else the document. */
function values({ text }: DocumentFile, document: Span): readonly Span[] {
  const source = text.slice(document.start, document.end);
  const offset = document.start + markerLength(source);
  const json = scanJson(source.slice(markerLength(source)), () => false);
  if (json === undefined || json.values.length < 2) return [document];
  return json.values.map(({ start }, index) => {
    const next = json.values[index + 1];
    return { start: offset + start, end: next === undefined ? document.end : offset + next.start };
  });
}

// Finds the references to build in a file of documents, and where they stand. A document that cannot hold
// one is not read at all: what krust has no business with, it does not judge.
import { LineIndex, type Position } from "../core/position.ts";
import { brokenDocument, type DocumentFile, type Fault, type Span } from "./document_file.ts";
import { isReference } from "./reference.ts";
import { scanJson } from "./scan_json.ts";
import { scanYaml, type YamlScalar } from "./scan_yaml.ts";
import { splitDocuments } from "./split.ts";

/** A reference in a file. */
export interface Occurrence extends Span {
  /** The reference, `krust://…`. */
  readonly written: string;
  /** Whether it stands without quotes. */
  readonly plain: boolean;
  /** The file that it stands in. */
  readonly file: DocumentFile;
  /** Where in it. */
  readonly position: Position;
}

/** A reference as it is, and the escapes that one could hide in. */
const SUSPICIOUS = /krust:\/\/|\\[xuU/\r\n]/;

/** A marker that JSON may stand behind. */
const MARKER = /^\ufeff?(?:---[ \t]*\r?\n)?/;

/**
 * The references in a file, in order.
 *
 * @throws {KrustError} `yaml-invalid` where a document that may hold one cannot be read.
 */
export async function scanReferences(file: DocumentFile): Promise<readonly Occurrence[]> {
  if (!SUSPICIOUS.test(file.text)) return [];
  const index = new LineIndex(file.text);
  const found: Occurrence[] = [];
  for (const { start, end } of splitDocuments(file.text)) {
    const document = file.text.slice(start, end);
    if (!SUSPICIOUS.test(document)) continue;
    const scalars = await scanDocument(document);
    if ("reason" in scalars) {
      throw brokenDocument(file.name, index.position(start + scalars.offset), scalars.reason);
    }
    for (const scalar of scalars) {
      found.push({
        start: start + scalar.start,
        end: start + scalar.end,
        written: withoutEnd(scalar.value),
        plain: scalar.plain,
        file,
        position: index.position(start + scalar.start),
      });
    }
  }
  return found;
}

async function scanDocument(text: string): Promise<readonly YamlScalar[] | Fault> {
  const wanted = (value: string): boolean => isReference(withoutEnd(value));
  const before = markerLength(text);
  const json = scanJson(text.slice(before), (quoted) => SUSPICIOUS.test(quoted));
  if (json === undefined) return await scanYaml(text, wanted);
  if (json.fault !== undefined) return { ...json.fault, offset: before + json.fault.offset };
  return json.strings.filter(({ value }) => wanted(value)).map(({ value, start, end }) => ({
    value,
    start: before + start,
    end: before + end,
    plain: false,
  }));
}

/** How long the marker is that a document begins with. */
export function markerLength(text: string): number {
  return MARKER.exec(text)?.[0].length ?? 0;
}

/** A block scalar's text ends with line breaks that are no part of the reference. */
function withoutEnd(value: string): string {
  return value.replace(/[\r\n]+$/, "");
}

// Cuts a text into its documents without understanding them. A line that begins with `---` always
// begins a document, whatever it stands in (YAML 1.2.2, 9.1.2), and no JSON has such a line.
import type { Span } from "./document_file.ts";

/**
 * The documents of a YAML text, in order and without gaps. Each holds the `---` that it begins with,
 * and the directives before that.
 */
export function splitDocuments(text: string): readonly Span[] {
  const starts: number[] = [];
  let directives: number | undefined;
  for (let at = 0; at < text.length;) {
    const lineEnd = endOfLine(text, at);
    const from = at === 0 && text.startsWith("\ufeff") ? 1 : at;
    if (beginsDocument(text, from)) starts.push(directives ?? at);
    if (text[from] === "%") directives ??= at;
    else if (!isEmptyOrComment(text, from)) directives = undefined;
    at = lineEnd;
  }
  // What stands before the first marker is a document, too.
  if (starts[0] !== 0) starts.unshift(0);
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? text.length }));
}

/** Whether a text's last line that says anything is `---`. */
export function endsWithMarker(text: string): boolean {
  return /(?:^\ufeff?|\n)---[ \t]*(?:\r?\n\s*)?$/.test(text.slice(-4096));
}

/** Whether the first line of a text that says anything is `---`, or a directive before one. */
export function beginsWithMarker(text: string): boolean {
  for (let at = text.startsWith("\ufeff") ? 1 : 0; at < text.length; at = endOfLine(text, at)) {
    if (isEmptyOrComment(text, at)) continue;
    return beginsDocument(text, at) || text[at] === "%";
  }
  return false;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end + 1;
}

function beginsDocument(text: string, at: number): boolean {
  if (!text.startsWith("---", at)) return false;
  const next = text[at + 3];
  return next === undefined || /[ \t\r\n]/.test(next);
}

function isEmptyOrComment(text: string, at: number): boolean {
  const first = text[at];
  return first === "#" || first === "\n" || first === "\r";
}

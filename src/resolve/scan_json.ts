// Finds the strings of JSON texts, one value or several after another as kubectl reads them. Much
// faster than reading JSON as the YAML that it is, and tabs mean nothing in it.
import { DEPTH_LIMIT, type Fault, type Span, tooDeep } from "./document_file.ts";

/** A string in a text. */
export interface JsonString extends Span {
  /** What it means. */
  readonly value: string;
}

/** What was found in a text that is JSON. */
export interface JsonScan {
  /** Its values, in order. */
  readonly values: readonly Span[];
  /** The strings that were wanted, keys among them; their spans lie within the quotes. */
  readonly strings: readonly JsonString[];
  /** Why it cannot be taken although it is JSON. */
  readonly fault?: Fault;
}

const SPACE = /[ \t\r\n\ufeff]*/y;

/**
 * The strings that `wanted` agrees to, with their quotes on; undefined where the text is not JSON, or
 * is JSON that holds neither object nor array.
 */
export function scanJson(
  text: string,
  wanted: (quoted: string) => boolean,
): JsonScan | undefined {
  const values: Span[] = [];
  const strings: JsonString[] = [];
  for (let at = spaceEnd(text, 0); at < text.length; at = spaceEnd(text, at)) {
    if (text[at] !== "{" && text[at] !== "[") return undefined;
    const walk = walkValue(text, at);
    if (walk === undefined) return undefined;
    if ("reason" in walk) return { values, strings, fault: walk };
    const source = text.slice(at, walk.end);
    if (!isJson(source)) return undefined;
    for (const { start, end } of walk.strings) {
      const quoted = text.slice(start, end);
      if (!wanted(quoted)) continue;
      strings.push({ start: start + 1, end: end - 1, value: String(JSON.parse(quoted)) });
    }
    values.push({ start: at, end: walk.end });
    at = walk.end;
  }
  return values.length === 0 ? undefined : { values, strings };
}

interface Walk {
  readonly end: number;
  readonly strings: readonly Span[];
}

/** The end of the value that begins at an offset, and its strings, quotes included. */
function walkValue(text: string, from: number): Walk | Fault | undefined {
  const strings: Span[] = [];
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    switch (text[at]) {
      case '"': {
        const end = stringEnd(text, at);
        if (end === undefined) return undefined;
        strings.push({ start: at, end });
        at = end - 1;
        break;
      }
      case "{":
      case "[":
        if (++depth > DEPTH_LIMIT) return tooDeep(at);
        break;
      case "}":
      case "]":
        if (--depth === 0) return { end: at + 1, strings };
    }
  }
  return undefined;
}

function stringEnd(text: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '"') return at + 1;
    if (text[at] === "\\") at++;
  }
  return undefined;
}

function spaceEnd(text: string, from: number): number {
  SPACE.lastIndex = from;
  return from + (SPACE.exec(text)?.[0].length ?? 0);
}

function isJson(source: string): boolean {
  try {
    JSON.parse(source);
    return true;
  } catch {
    return false;
  }
}

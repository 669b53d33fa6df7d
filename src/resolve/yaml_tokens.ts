// YAML as the tokens of the library `yaml`, which is loaded when there is something to read. What nests
// too deeply is found before it is built: the library itself recurses over what it has built.
import type { CST } from "yaml";
import { printable } from "../core/printable.ts";
import { DEPTH_LIMIT, type Fault, tooDeep } from "./document_file.ts";

/** The library. */
export type Yaml = typeof import("yaml");

const COLLECTIONS: readonly CST.Token["type"][] = ["block-map", "block-seq", "flow-collection"];

/** The tokens of a text; or where it nests too deeply. */
export function readTokens(text: string, { Lexer, Parser }: Yaml): readonly CST.Token[] | Fault {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    // The document is at the bottom; above it is what is under way, each within the one before.
    const deepest = parser.stack[DEPTH_LIMIT + 1];
    if (deepest !== undefined && COLLECTIONS.includes(deepest.type)) return tooDeep(deepest.offset);
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

/** What the library says of an error, which may quote the text. */
export function reasonOf(message: string): string {
  return printable(message).replace(/[:.]$/, "");
}

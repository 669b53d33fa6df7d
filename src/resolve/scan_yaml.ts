// Finds the scalars of YAML texts, behind the library `yaml`, which is loaded when there is something to
// find. Aliases are never followed and nothing is built from the text, so no document costs more than
// its size.
import type { CST, ParsedNode } from "yaml";
import { printable } from "../core/printable.ts";
import { DEPTH_LIMIT, type Fault, type Span, tooDeep } from "./document_file.ts";

/** A scalar that stands in a text as a whole. */
export interface YamlScalar extends Span {
  /** What it means. */
  readonly value: string;
  /** Whether it is written without quotes, so that not every text can take its place. */
  readonly plain: boolean;
}

/** The scalars that `wanted` agrees to, by what they mean; or why the text is not YAML. */
export async function scanYaml(
  text: string,
  wanted: (value: string) => boolean,
): Promise<readonly YamlScalar[] | Fault> {
  const { Composer, CST: cst, Parser } = await import("yaml");
  const tokens = [...new Parser().parse(text)];
  const walk = walkTokens(tokens);
  if ("reason" in walk) return walk;
  const composer = new Composer<ParsedNode>({
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  for (const document of composer.compose(tokens, true, text.length)) {
    const [error] = document.errors;
    if (error !== undefined) return { offset: error.pos[0], reason: reasonOf(error.message) };
  }
  return walk.scalars.flatMap((token) => {
    const value = cst.resolveAsScalar(token)?.value;
    return typeof value === "string" && wanted(value) ? [{ value, ...contentOf(token) }] : [];
  }).toSorted((left, right) => left.start - right.start);
}

type Scalar = CST.FlowScalar | CST.BlockScalar;

/** The scalars among tokens. The tree is walked without recursion: its depth is the text's choice. */
function walkTokens(
  tokens: readonly CST.Token[],
): { readonly scalars: readonly Scalar[] } | Fault {
  const scalars: Scalar[] = [];
  const waiting = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, depth } = next;
    switch (token.type) {
      case "document":
        if (token.value !== undefined) waiting.push({ token: token.value, depth });
        break;
      case "block-map":
      case "block-seq":
      case "flow-collection":
        if (depth >= DEPTH_LIMIT) return tooDeep(token.offset);
        for (const { key, value } of token.items) {
          for (const child of [key, value]) {
            if (child) waiting.push({ token: child, depth: depth + 1 });
          }
        }
        break;
      case "scalar":
      case "single-quoted-scalar":
      case "double-quoted-scalar":
      case "block-scalar":
        scalars.push(token);
    }
  }
  return { scalars };
}

/** Where the text of a scalar stands: without quotes, block header, indentation and last line break. */
function contentOf(token: Scalar): Span & { readonly plain: boolean } {
  const { offset, source } = token;
  if (token.type === "scalar") {
    return { start: offset, end: offset + source.length, plain: true };
  }
  if (token.type !== "block-scalar") {
    return { start: offset + 1, end: offset + source.length - 1, plain: false };
  }
  const header = token.props.reduce(
    (length, prop) => length + ("source" in prop ? prop.source.length : 0),
    0,
  );
  const start = offset + header + source.length - source.trimStart().length;
  return { start, end: start + source.trim().length, plain: false };
}

/** The library's sentence, which may quote the text. */
export function reasonOf(message: string): string {
  return printable(message).replace(/[:.]$/, "");
}

// Finds the scalars of YAML texts. Aliases are never followed and nothing is built from the text, so no
// document costs more than its size.
import type { CST, ParsedNode } from "yaml";
import type { Fault, Span } from "./document_file.ts";
import { readTokens, reasonOf } from "./yaml_tokens.ts";

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
  const yaml = await import("yaml");
  const tokens = readTokens(text, yaml);
  if ("reason" in tokens) return tokens;
  const composer = new yaml.Composer<ParsedNode>({
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  for (const document of composer.compose(tokens, true, text.length)) {
    const [error] = document.errors;
    if (error !== undefined) return { offset: error.pos[0], reason: reasonOf(error.message) };
  }
  return scalarsOf(tokens).flatMap((token) => {
    const value = yaml.CST.resolveAsScalar(token)?.value;
    return typeof value === "string" && wanted(value) ? [{ value, ...contentOf(token) }] : [];
  }).toSorted((left, right) => left.start - right.start);
}

type Scalar = CST.FlowScalar | CST.BlockScalar;

/** The scalars among tokens, in any order. */
function scalarsOf(tokens: readonly CST.Token[]): readonly Scalar[] {
  const scalars: Scalar[] = [];
  const waiting = [...tokens];
  for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) {
    switch (token.type) {
      case "document":
        if (token.value !== undefined) waiting.push(token.value);
        break;
      case "block-map":
      case "block-seq":
      case "flow-collection":
        for (const { key, value } of token.items) {
          for (const child of [key, value]) if (child) waiting.push(child);
        }
        break;
      case "scalar":
      case "single-quoted-scalar":
      case "double-quoted-scalar":
      case "block-scalar":
        scalars.push(token);
    }
  }
  return scalars;
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

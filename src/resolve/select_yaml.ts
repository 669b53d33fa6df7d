// Finds what a label selector leaves out of a document: all of it, or items of a list.
import type { CST, ParsedNode, YAMLSeq } from "yaml";
import { LineIndex } from "../core/position.ts";
import type { Fault, Span } from "./document_file.ts";
import type { Labels, Selector } from "./selector.ts";
import { readTokens, reasonOf, type Yaml } from "./yaml_tokens.ts";

/**
 * The pieces of a text with one document that are to be left out; or why it is not YAML. What is no
 * Kubernetes object is left out, and so is a list of which nothing is left.
 */
export async function unselected(
  text: string,
  selector: Selector,
): Promise<readonly Span[] | Fault> {
  const yaml = await import("yaml");
  const tokens = readTokens(text, yaml);
  if ("reason" in tokens) return tokens;
  const composer = new yaml.Composer<ParsedNode>({
    uniqueKeys: false,
    prettyErrors: false,
    keepSourceTokens: true,
    logLevel: "silent",
  });
  const [document, another] = composer.compose(tokens, true, text.length);
  const [error] = [...document?.errors ?? [], ...another?.errors ?? []];
  if (error !== undefined) return { offset: error.pos[0], reason: reasonOf(error.message) };
  if (another !== undefined) {
    return { offset: another.range?.[0] ?? 0, reason: "a document begins here without ---" };
  }
  const all: readonly Span[] = [{ start: 0, end: text.length }];
  if (document === undefined) return all;
  const object = document.contents;
  const kind: unknown = yaml.isMap(object) ? object.get("kind") : undefined;
  if (!yaml.isMap(object) || typeof kind !== "string") return all;
  const labelsOf = (item: unknown): Labels => readLabels(yaml, document, item);
  const items = object.get("items");
  if (!kind.endsWith("List") || !yaml.isSeq(items)) {
    return selector(labelsOf(object)) ? [] : all;
  }
  const kept = items.items.map((item) => selector(labelsOf(item)));
  if (!kept.includes(true)) return all;
  return droppedItems(text, items, kept);
}

/** How many maps are merged into one another at most. */
const MERGES = 8;

/** `metadata.labels` of an object. Nothing is built of the text but the labels that are strings. */
function readLabels(
  yaml: Yaml,
  document: InstanceType<Yaml["Document"]>,
  item: unknown,
): Labels {
  const resolved = (node: unknown): unknown => yaml.isAlias(node) ? node.resolve(document) : node;
  const inMap = (node: unknown, key: string): unknown => {
    const map = resolved(node);
    return yaml.isMap(map) ? map.get(key, true) : undefined;
  };
  const stringOf = (node: unknown): string | undefined => {
    const scalar = resolved(node);
    return yaml.isScalar(scalar) && typeof scalar.value === "string" ? scalar.value : undefined;
  };
  const labelsOf = (node: unknown, merges: number): readonly (readonly [string, string])[] => {
    const map = resolved(node);
    if (!yaml.isMap(map) || merges > MERGES) return [];
    const merged = labelsOf(map.get("<<", true), merges + 1);
    const own = map.items.flatMap(({ key, value }) => {
      const [name, label] = [stringOf(key), stringOf(value)];
      return name === undefined || label === undefined ? [] : [[name, label] as const];
    });
    return [...merged, ...own];
  };
  return new Map(labelsOf(inMap(inMap(item, "metadata"), "labels"), 0));
}

/** The pieces of a list that the items which are not kept are, with the commas and lines that go with them. */
function droppedItems(text: string, list: YAMLSeq, kept: readonly boolean[]): readonly Span[] {
  const token = list.srcToken;
  const block = token?.type === "block-seq";
  const starts = block ? blockStarts(text, token) : list.items.map((item) => rangeOf(item)[0]);
  const ends = list.items.map((item, index) => {
    const [, valueEnd, nodeEnd] = rangeOf(item);
    return block ? starts[index + 1] ?? nodeEnd : valueEnd;
  });
  const last = kept.lastIndexOf(true);
  const dropped = kept.flatMap((keep, index) => keep ? [] : [index]);
  return dropped.flatMap((index) => {
    const start = starts[index] ?? 0;
    const end = ends[index] ?? start;
    if (block) return [{ start, end }];
    // A comma goes with the item before it, or, behind the last that stays, with the one after it.
    return index < last
      ? [{ start, end: starts[index + 1] ?? end }]
      : index === last + 1
      ? [{ start: ends[last] ?? start, end: ends.at(-1) ?? end }]
      : [];
  });
}

/** The beginnings of the lines on which the items of a block list begin. */
function blockStarts(text: string, token: CST.BlockSequence): readonly number[] {
  const index = new LineIndex(text);
  return token.items.flatMap(({ start }) => {
    const dash = start.find(({ type }) => type === "seq-item-ind");
    return dash === undefined ? [] : [index.lineStart(dash.offset)];
  });
}

function rangeOf(item: unknown): readonly [number, number, number] {
  const range = typeof item === "object" && item !== null && "range" in item ? item.range : null;
  return Array.isArray(range) ? [range[0], range[1], range[2]] : [0, 0, 0];
}

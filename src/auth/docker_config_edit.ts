// Changes one registry's entry in the text of docker's config.json. What else stands there keeps its
// meaning, its order and its indentation, numbers to the digit.
import * as v from "valibot";
import { helperAddress, normalizeKey } from "./registry_key.ts";

/** A registry's new entry in `auths`, from whether there was one; undefined for none. */
export type NewEntry = (before: boolean) => object | undefined;

/**
 * The text with a registry's entry replaced or removed, whatever its spelling was; the same text where
 * nothing changes.
 *
 * @param text a document that `parseDockerConfig` takes.
 */
export function editAuths(text: string, registry: string, entry: NewEntry): string {
  const document = tableOf(text.trim() === "" ? {} : JSON.parse(text, exactNumber));
  const auths = tableOf(document["auths"]);
  const key = normalizeKey(registry);
  const others = Object.entries(auths).filter(([written]) => normalizeKey(written) !== key);
  const known = others.length < Object.keys(auths).length;
  const next = entry(known);
  if (next === undefined && !known) return text;
  const written = helperAddress(registry);
  document["auths"] = Object.fromEntries(
    next === undefined ? others : [...others, [written, next]],
  );
  return `${JSON.stringify(document, null, indentOf(text))}${/\S$/.test(text) ? "" : "\n"}`;
}

/** A table as it is: a schema's result would lack a key named `__proto__`. */
function tableOf(value: unknown): Record<string, unknown> {
  return isTable(value) ? value : {};
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Keeps a number's own digits where JavaScript has no such number (the proposal "JSON.parse source text access"). */
function exactNumber(_key: string, value: unknown, ...rest: readonly unknown[]): unknown {
  if (typeof value !== "number") return value;
  const context = v.safeParse(v.object({ source: v.string() }), rest[0]);
  const raw: unknown = Reflect.get(JSON, "rawJSON");
  if (!context.success || context.output.source === String(value)) return value;
  return typeof raw === "function" ? Reflect.apply(raw, JSON, [context.output.source]) : value;
}

/** The indentation of a document; docker's own, a tab, for one that is new. */
function indentOf(text: string): string {
  if (text.trim() === "") return "\t";
  return /^\s*\{[ \t]*\r?\n([ \t]+)/.exec(text)?.[1] ?? "";
}

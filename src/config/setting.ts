// A setting as a value: its flag, where else it may be set, how it is read, and its default. The
// table of them is in settings.ts.
import {
  readChoice,
  type Reader,
  readFlag,
  readList,
  readName,
  readPairs,
  readText,
} from "./reader.ts";

/** How a flag is given: alone, with one text, repeated, or repeated as `K=V`. */
export type Kind = "flag" | "text" | "list" | "pairs";

/** The headings of the help, in order. */
export type Group = "What to build" | "Where it goes" | "What it holds" | "How";

/**
 * Who may set it, beside flags and environment: `project` the project's Cargo.toml and the user's
 * file; `user` the user's file alone, as a project is not to be trusted with it (reliability.md S6);
 * `run` neither, as it means nothing beyond one run.
 */
export type Scope = "project" | "user" | "run";

/** What a setting is declared with. */
export interface Declaration {
  /** As commander takes it: `-i, --image <IMAGE>`. */
  readonly flags: string;
  /** Its heading in the help. */
  readonly group: Group;
  /** Who may set it. */
  readonly scope: Scope;
  /** One line for the help. */
  readonly help: string;
  /** The environment variable that sets it. */
  readonly env?: string;
  /** Further names for it in files. */
  readonly aliases?: readonly string[];
}

/** One setting. */
export interface Setting<Value> extends Declaration {
  /** Its long flag without the hyphens in front, which is its key in files: `oci-layout`. */
  readonly key: string;
  /** How its flag is given. */
  readonly kind: Kind;
  /** Its value where nobody sets it. */
  readonly default: Value;
  /** Reads what flags, environment and files hold. */
  readonly read: Reader<Value>;
  /** Joins what two layers set; without it the higher one's value stands alone. */
  merge?(higher: Value, lower: Value): Value;
}

/** A flag without a value. */
export function flag(declaration: Declaration): Setting<boolean> {
  return { ...declaration, ...common(declaration, "flag"), default: false, read: readFlag };
}

/** One text. */
export function text(
  declaration: Declaration,
  read: Reader<string> = readText,
): Setting<string | undefined> {
  return { ...declaration, ...common(declaration, "text"), default: undefined, read };
}

/** One text that has a default. */
export function textOr(
  fallback: string,
  declaration: Declaration,
  read: Reader<string> = readText,
): Setting<string> {
  return { ...declaration, ...common(declaration, "text"), default: fallback, read };
}

/** One of a few words, the first of which is the default. */
export function choice<const Word extends string>(
  words: readonly [Word, ...Word[]],
  declaration: Declaration,
): Setting<Word> {
  return {
    ...declaration,
    ...common(declaration, "text"),
    default: words[0],
    read: readChoice(words),
  };
}

/** Something else that is given as one text. */
export function parsed<Value>(
  declaration: Declaration,
  read: Reader<Value>,
): Setting<Value | undefined> {
  return { ...declaration, ...common(declaration, "text"), default: undefined, read };
}

/** Several texts. */
export function list(
  declaration: Declaration,
  read: Reader<readonly string[]> = readList(readName),
  fallback: readonly string[] = [],
): Setting<readonly string[]> {
  return { ...declaration, ...common(declaration, "list"), default: fallback, read };
}

/** Keys with values; those of all layers count, a key's highest layer deciding. */
export function pairs(declaration: Declaration): Setting<Readonly<Record<string, string>>> {
  return {
    ...declaration,
    ...common(declaration, "pairs"),
    default: {},
    read: readPairs,
    merge: (higher, lower) => ({ ...lower, ...higher }),
  };
}

/** A setting's line in the help, its default at the end: `Target platform [default: linux/amd64]`. */
export function helpLine(setting: Pick<Setting<unknown>, "default" | "help">): string {
  const { default: fallback, help } = setting;
  const shown = Array.isArray(fallback) ? fallback.join(",") : fallback;
  return typeof shown === "string" && shown !== "" ? `${help} [default: ${shown}]` : help;
}

function common(
  declaration: Declaration,
  kind: Kind,
): { readonly key: string; readonly kind: Kind } {
  const [, key = declaration.flags] = /--([a-z-]+)/.exec(declaration.flags) ?? [];
  return { key, kind };
}

// Readers: each turns a raw value, be it text of the command line or a value of TOML or JSON, into one
// kind of value, or refuses it with a reason. They know nothing of where the value stands.
import type { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";
import { isTag, parseReference } from "../oci/reference.ts";
import { formatPlatform, parsePlatform } from "../oci/platform.ts";
import { parseSize } from "./quantity.ts";

/** Makes the error for a value out of what is wrong with it; it knows where the value stands. */
export type Fault = (reason: string, cause?: unknown) => KrustError;

/** Reads a raw value; throws what `fault` makes where it will not do. */
export type Reader<Value> = (raw: unknown, fault: Fault) => Value;

/** The greatest time that RFC 3339 can write, in seconds since 1970: the end of the year 9999. */
const LAST_SECOND = 253_402_300_799;

/** True or false. */
export function readFlag(raw: unknown, fault: Fault): boolean {
  if (typeof raw !== "boolean") throw fault(`expected true or false, found ${kindOf(raw)}`);
  return raw;
}

/** Text that is not blank; the error never repeats it, as it may be a password. */
export function readText(raw: unknown, fault: Fault): string {
  if (typeof raw !== "string") throw fault(`expected text, found ${kindOf(raw)}`);
  if (raw.trim() === "") throw fault("expected text, found none");
  return raw;
}

/** A name that becomes an argument of cargo's: it must not read as an option of cargo's. */
export function readName(raw: unknown, fault: Fault): string {
  const name = readText(raw, fault);
  if (name.startsWith("-")) throw fault(`expected a name, found ${quoted(name)}`);
  return name;
}

/** A platform in its canonical form, or one of the words `all` and `host`. */
export function readPlatform(raw: unknown, fault: Fault): string {
  if (typeof raw !== "string") throw fault(`expected a platform, found ${kindOf(raw)}`);
  if (raw === "all" || raw === "host") return raw;
  try {
    return formatPlatform(parsePlatform(raw));
  } catch (error) {
    throw fault(`Unsupported platform: ${printable(raw)}`, error);
  }
}

/** Platforms, among which `all` stands alone. */
export function readPlatforms(raw: unknown, fault: Fault): readonly string[] {
  const platforms = readList(readPlatform, { commas: true })(raw, fault);
  if (platforms.length === 0) throw fault("expected a platform, found none");
  if (platforms.includes("all") && platforms.length > 1) {
    throw fault(`"all" stands alone, found it beside other platforms`);
  }
  return platforms;
}

/** A tag (distribution-spec, "Pulling manifests"). */
export function readTag(raw: unknown, fault: Fault): string {
  if (typeof raw !== "string") throw fault(`expected a tag, found ${kindOf(raw)}`);
  if (!isTag(raw)) {
    throw fault(
      `${quoted(raw)} is not a tag: 1 to 128 letters, digits and . _ -, with no . or - in front`,
    );
  }
  return raw;
}

/**
 * A registry's `host[:port]` in the form that references have it. The error does not repeat it, as
 * people write `user:password@host`.
 */
export function readRegistryHost(raw: unknown, fault: Fault): string {
  const text = readText(raw, fault);
  try {
    return parseReference("x", { registry: text }).registry;
  } catch {
    throw fault("expected a registry as host or host:port, without scheme or path");
  }
}

/** Whole seconds since 1970, as a number or as digits (reproducible-builds.org, SOURCE_DATE_EPOCH). */
export function readSeconds(raw: unknown, fault: Fault): number {
  const written = typeof raw === "string" || typeof raw === "number" ? String(raw) : undefined;
  const seconds = /^[0-9]{1,15}$/.test(written ?? "") ? Number(written) : NaN;
  if (seconds <= LAST_SECOND) return seconds;
  const found = written === undefined ? kindOf(raw) : quoted(written);
  throw fault(`expected whole seconds since 1970, 0 to ${LAST_SECOND}, found ${found}`);
}

/** A size in bytes, with a unit or without, as it was written. */
export function readSize(raw: unknown, fault: Fault): string {
  const written = typeof raw === "number" ? String(raw) : raw;
  if (typeof written === "string" && parseSize(written) !== undefined) return written;
  const found = typeof written === "string" ? quoted(written) : kindOf(raw);
  throw fault(`expected a size like 500MiB or 2GiB, found ${found}`);
}

/** One of a few words. */
export function readChoice<const Word extends string>(words: readonly Word[]): Reader<Word> {
  return (raw, fault) => {
    const found = words.find((word) => word === raw);
    if (found !== undefined) return found;
    const given = typeof raw === "string" ? quoted(raw) : kindOf(raw);
    throw fault(`expected ${words.join(", ")}, found ${given}`);
  };
}

/** Several values, each once: a list, or one text; with `commas` each text may hold several. */
export function readList<Item>(
  readItem: Reader<Item>,
  options: { readonly commas?: boolean } = {},
): Reader<readonly Item[]> {
  return (raw, fault) => {
    if (typeof raw !== "string" && !Array.isArray(raw)) {
      throw fault(`expected a list of texts, found ${kindOf(raw)}`);
    }
    const given: readonly unknown[] = typeof raw === "string" ? [raw] : raw;
    const items = given.flatMap((item) =>
      options.commas && typeof item === "string"
        ? item.split(",").map((part) => part.trim())
        : [item]
    );
    return [...new Set(items.map((item) => readItem(item, fault)))];
  };
}

/** Arguments of a program: a list, in which the same one may stand twice. */
export function readArguments(raw: unknown, fault: Fault): readonly string[] {
  if (!Array.isArray(raw)) throw fault(`expected a list of texts, found ${kindOf(raw)}`);
  return raw.map((item) => {
    if (typeof item !== "string") throw fault(`expected texts in the list, found ${kindOf(item)}`);
    return item;
  });
}

/** Keys with values: a table of texts, or `K=V` each; an empty value is one too. */
export function readPairs(raw: unknown, fault: Fault): Readonly<Record<string, string>> {
  const pairs = Array.isArray(raw) || typeof raw === "string"
    ? [raw].flat().map((item) => splitPair(item, fault))
    : tableEntries(raw, fault);
  return Object.fromEntries(pairs.map(([key, value]) => {
    if (key === "") throw fault("expected K=V, found an empty key");
    if (typeof value !== "string") {
      throw fault(`expected text for ${quoted(key)}, found ${kindOf(value)}`);
    }
    return [key, value];
  }));
}

/** A table as it is. */
export function readTable(raw: unknown, fault: Fault): Readonly<Record<string, unknown>> {
  return Object.fromEntries(tableEntries(raw, fault));
}

function tableEntries(raw: unknown, fault: Fault): readonly (readonly [string, unknown])[] {
  if (raw === null || typeof raw !== "object" || Array.isArray(raw) || raw instanceof Date) {
    throw fault(`expected a table, found ${kindOf(raw)}`);
  }
  return Object.entries(raw);
}

function splitPair(item: unknown, fault: Fault): readonly [string, string] {
  if (typeof item !== "string") throw fault(`expected K=V, found ${kindOf(item)}`);
  const equals = item.indexOf("=");
  if (equals === -1) throw fault(`expected K=V, found ${quoted(item)}`);
  return [item.slice(0, equals), item.slice(equals + 1)];
}

/** Text in quotes, with the blanks at its ends. */
function quoted(text: string): string {
  return printable(`"${text}"`, 100);
}

/** What a raw value is, without saying it. */
function kindOf(raw: unknown): string {
  if (raw === undefined || raw === null) return "nothing";
  if (Array.isArray(raw)) return "a list";
  if (raw instanceof Date) return "a date";
  if (typeof raw === "string") return "text";
  if (typeof raw === "boolean") return String(raw);
  return typeof raw === "object" ? "a table" : "a number";
}

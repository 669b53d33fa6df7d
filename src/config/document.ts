// Tables in files that people write: every key must be known, is read with `_` or `-` alike, and is
// reported at its line.
import { KrustError } from "../core/error.ts";
import { nearestWord } from "../core/nearest.ts";
import { printable } from "../core/printable.ts";
import { formatPlace, type Position } from "../core/position.ts";
import type { Given, Origin } from "./layer.ts";
import { type Fault, type Reader, readTable } from "./reader.ts";

/** A file, or the part of it that is krust's. */
export interface Document {
  /** The file, as it is named in errors. */
  readonly path: string;
  /** What is said of its values. */
  readonly origin: Origin;
  /** Where a key stands in the file. */
  locate(keyPath: readonly string[]): Position | undefined;
}

/** The keys that a table may have. */
export interface Keys {
  /** In kebab-case. */
  readonly names: readonly string[];
  /** Further spellings of some, in kebab-case too. */
  readonly aliases?: ReadonlyMap<string, string>;
  /** Why a known key must not stand in this table; undefined where it may. */
  readonly refuse?: (name: string) => string | undefined;
}

/** A table whose keys are all known. */
export interface Section {
  /** The raw value of a key. */
  find(name: string): Given | undefined;
  /** The value of a key, read; undefined where it is not set. */
  read<Value>(name: string, reader: Reader<Value>): Value | undefined;
}

/** How a document speaks of the key at `keyPath`: `path:line:column: key: reason`, `config-invalid`. */
export function faultAt(document: Document, keyPath: readonly string[]): Fault {
  return (reason, cause) => {
    const { path } = document;
    const position = document.locate(keyPath);
    return new KrustError(
      "config-invalid",
      [formatPlace(path, position), ...(keyPath.length === 0 ? [] : [formatKey(keyPath)]), reason]
        .join(": "),
      {
        // The reason says already what the cause does; what it advises is worth keeping.
        help: cause instanceof KrustError ? cause.help : [],
        details: {
          path,
          ...(position === undefined
            ? {}
            : { line: String(position.line), column: String(position.column) }),
        },
      },
    );
  };
}

/**
 * Opens the table at `at` in a document.
 *
 * @throws {KrustError} `config-invalid` where it is no table, or has a key that is not known, that may
 * not stand there, or that stands there twice in two spellings.
 */
export function openSection(
  document: Document,
  at: readonly string[],
  raw: unknown,
  keys: Keys,
): Section {
  const given = new Map<string, Given>();
  for (const [written, value] of Object.entries(readTable(raw, faultAt(document, at)))) {
    const fault = faultAt(document, [...at, written]);
    const spelt = written.replaceAll("_", "-");
    const name = keys.aliases?.get(spelt) ?? spelt;
    if (!keys.names.includes(name)) throw unknownKey(written, keys, fault);
    const refusal = keys.refuse?.(name);
    if (refusal !== undefined) throw fault(refusal);
    if (given.has(name)) throw fault(`the table sets "${name}" already, in another spelling`);
    given.set(name, { raw: value, origin: document.origin, fault });
  }
  return {
    find: (name) => given.get(name),
    read(name, reader) {
      const found = given.get(name);
      return found === undefined ? undefined : reader(found.raw, found.fault);
    },
  };
}

function unknownKey(written: string, keys: Keys, fault: Fault): KrustError {
  const spellings = [...keys.names, ...(keys.aliases?.keys() ?? [])]
    .filter((name) => keys.refuse?.(keys.aliases?.get(name) ?? name) === undefined);
  const nearest = nearestWord(written.replaceAll("_", "-").toLowerCase(), spellings);
  if (nearest === undefined) return fault("there is no such key");
  const meant = written.includes("_") ? nearest.replaceAll("-", "_") : nearest;
  return fault(`there is no such key; the nearest is "${meant}"`);
}

/** A key as TOML writes it: `registries."ghcr.io".password`. */
function formatKey(keyPath: readonly string[]): string {
  return keyPath
    .map((key) => /^[A-Za-z0-9_-]+$/.test(key) ? key : `"${printable(key)}"`)
    .join(".");
}

// Where in a TOML text a key stands, found without understanding the rest; for the lines of errors. Apart
// from the reader, whose library most runs need not load.
import { LineIndex, type Position } from "./position.ts";

/** The longest text that is read, in characters (reliability.md S5). */
export const TOML_LIMIT = 1024 * 1024;

/** The deepest nesting of arrays and inline tables (reliability.md S5). */
export const TOML_DEPTH_LIMIT = 64;

/**
 * Where the key with this path (`["registries", "ghcr.io", "password"]`) first stands in a document,
 * be it in a header, dotted, or in an inline table. Undefined where it does not stand in it; a text
 * that is no TOML gives some answer, never an error.
 */
export function locateKey(text: string, keyPath: readonly string[]): Position | undefined {
  for (const path of new KeyScanner(text).scan()) {
    const last = path[keyPath.length - 1];
    if (last === undefined || !keyPath.every((key, at) => key === path[at]?.key)) continue;
    return new LineIndex(text).position(last.offset);
  }
  return undefined;
}

/** One part of a key's path: the key as it reads, and where it stands. */
interface Part {
  readonly key: string;
  readonly offset: number;
}

const SPACE = /[ \t]*/y;
const VOID = /(?:[ \t\r\n\uFEFF]|#[^\n]*)*/y;
const BARE_KEY = /[A-Za-z0-9_-]+/y;
const STRING = /"""(?:\\[^]|[^\\])*?"""(?!")|'''[^]*?'''(?!')|"(?:\\.|[^"\\\n])*"|'[^'\n]*'/y;
const SCALAR = /[^,\]}#\n]*/y;
const REST_OF_LINE = /[^\n]*\n?/y;

/** Walks over a document and notes every key; values are passed over, not understood. */
class KeyScanner {
  readonly #text: string;
  readonly #found: (readonly Part[])[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The paths of all keys from the root, in the order of the text. */
  scan(): readonly (readonly Part[])[] {
    let table: readonly Part[] = [];
    for (this.#take(VOID); this.#at < this.#text.length; this.#take(VOID)) {
      if (this.#skip("[")) {
        this.#skip("[");
        table = this.#key();
        this.#found.push(table);
      } else {
        this.#pair(table, 0);
      }
      this.#take(REST_OF_LINE);
    }
    return this.#found;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += taken.length;
    return taken;
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #key(): readonly Part[] {
    const parts: Part[] = [];
    do {
      this.#take(SPACE);
      const offset = this.#at;
      const written = this.#take(BARE_KEY) || this.#take(STRING);
      if (written === "") break;
      parts.push({ key: keyText(written), offset });
      this.#take(SPACE);
    } while (this.#skip("."));
    return parts;
  }

  #pair(table: readonly Part[], depth: number): boolean {
    const key = this.#key();
    if (key.length === 0 || !this.#skip("=")) return false;
    const path = [...table, ...key];
    this.#found.push(path);
    this.#value(path, depth);
    return true;
  }

  #value(path: readonly Part[], depth: number): true {
    this.#take(SPACE);
    if (depth > TOML_DEPTH_LIMIT) this.#take(REST_OF_LINE);
    else if (this.#skip("[")) this.#items("]", () => this.#value(path, depth + 1));
    else if (this.#skip("{")) this.#items("}", () => this.#pair(path, depth + 1));
    else if (this.#take(STRING) === "") this.#take(SCALAR);
    return true;
  }

  /** Takes items up to `close`; gives up where one cannot be taken, as in a text that is no TOML. */
  #items(close: string, item: () => boolean): void {
    for (let before = -1; before < this.#at; this.#skip(",")) {
      this.#take(VOID);
      if (this.#skip(close)) return;
      before = this.#at;
      if (!item()) return;
      this.#take(VOID);
    }
  }
}

/** What follows a backslash in a quoted key, and what it means (TOML 1.1, "String"). */
const ESCAPE = /\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g;

const LETTERS: ReadonlyMap<string, string> = new Map([
  ["b", "\b"],
  ["t", "\t"],
  ["n", "\n"],
  ["f", "\f"],
  ["r", "\r"],
  ["e", "\u001B"],
]);

/** The key that a bare or quoted key means. */
function keyText(written: string): string {
  if (written.startsWith("'")) return written.slice(1, -1);
  if (!written.startsWith('"')) return written;
  return written.slice(1, -1).replace(
    ESCAPE,
    (
      whole: string,
      byte: string | undefined,
      short: string | undefined,
      long: string | undefined,
      letter: string | undefined,
    ) => {
      if (letter !== undefined) return LETTERS.get(letter) ?? letter;
      const code = Number.parseInt(byte ?? short ?? long ?? "", 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

// Reads `WWW-Authenticate` (RFC 9110 11.6.1): a list of challenges whose parameters are a list too, so
// that only what follows a comma tells which of the two goes on. Lenient, as registries are sloppy:
// whatever cannot be read is passed over.
import { KrustError } from "../core/error.ts";

/** One way in which a server wants to be authenticated to. */
export interface Challenge {
  /** Name of the scheme, lower-case. */
  readonly scheme: string;
  /** Parameters by lower-case name; the first of a name counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** The longest header that is read, in characters. */
export const CHALLENGE_LIMIT = 16 * 1024;

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
// RFC 9110's token68, told from a parameter by what follows it.
const TOKEN68 = /[-._~+/0-9A-Za-z]+=*[ \t]*(?=,|$)/y;
const SPACE = /[ \t]*/y;
const GAP = /[ \t,]*/y;
// What begins neither, passed over at once, and quoted strings that are no parameter's value whole:
// nothing in them is a challenge.
const STRAY = /(?:"(?:[^"\\]|\\[^])*"?|[^ \t,"!#$%&'*+\-.^_`|~0-9A-Za-z])+/y;
// Unquoted values with characters that a token must not have, such as a realm's `:` and `/`.
const LOOSE_VALUE = /[^\s,"]+/y;

/**
 * The challenges of a `WWW-Authenticate` header, several such headers joined with commas included.
 *
 * @throws {KrustError} `auth-required` for a header longer than {@linkcode CHALLENGE_LIMIT}.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  if (header.length > CHALLENGE_LIMIT) {
    throw new KrustError(
      "auth-required",
      `the registry's WWW-Authenticate header is longer than ${CHALLENGE_LIMIT} characters`,
    );
  }
  const cursor = new Cursor(header);
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  for (cursor.take(GAP); !cursor.atEnd; cursor.take(GAP)) {
    const name = cursor.take(TOKEN).toLowerCase();
    const start = cursor.at;
    cursor.take(SPACE);
    const current = challenges.at(-1);
    if (name !== "" && cursor.skip("=")) {
      cursor.take(SPACE);
      const value = cursor.takeValue();
      if (current !== undefined && !current.parameters.has(name)) {
        current.parameters.set(name, value);
      }
    } else if (name !== "") {
      challenges.push({ scheme: name, parameters: new Map() });
      if (cursor.at > start) cursor.take(TOKEN68);
    } else {
      cursor.take(STRAY);
    }
  }
  return challenges;
}

/** A place in a text. */
class Cursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get at(): number {
    return this.#at;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Takes what a sticky pattern matches here, if anything. */
  take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  /** Passes over a character, if it stands here. */
  skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  /** Takes a parameter's value: a quoted string with its escapes undone, or bare text. */
  takeValue(): string {
    if (!this.skip('"')) return this.take(LOOSE_VALUE);
    let value = "";
    while (!this.atEnd && !this.skip('"')) {
      this.skip("\\");
      value += this.#text[this.#at] ?? "";
      this.#at++;
    }
    return value;
  }
}

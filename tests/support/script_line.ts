// The grammar of script tests: a command a line, `#` starts a comment, 'single quotes' keep a word as it
// is ('' is a quote), $NAME and ${NAME} are variables outside of quotes.

/** A command, its variables filled in. */
export interface Command {
  readonly name: string;
  readonly args: readonly string[];
  /** `!`: it must not hold; `?`: either is well. */
  readonly expect: "yes" | "no" | "either";
}

/** A line of a script. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  /** As it stands there. */
  readonly text: string;
  /** Fills in the variables. */
  expand(variable: (name: string) => string): Command;
}

/** Part of a word; what was quoted has no variables. */
interface Piece {
  readonly text: string;
  readonly quoted: boolean;
}

const VARIABLE = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g;

/**
 * Reads the commands of a script.
 *
 * @throws {Error} for a quote that is not closed, or a `!` or `?` with nothing behind it.
 */
export function parseScript(text: string): readonly Line[] {
  return text.split("\n").flatMap((line, index) => {
    const words = splitWords(line, index + 1);
    const [first, ...rest] = words;
    if (first === undefined) return [];
    const mark = first.length === 1 && first[0]?.quoted === false ? first[0].text : "";
    const expect = mark === "!" ? "no" : mark === "?" ? "either" : "yes";
    const named = expect === "yes" ? words : rest;
    if (named.length === 0) {
      throw new Error(`line ${index + 1}: there is no command behind "${mark}"`);
    }
    return [{
      number: index + 1,
      text: line.trim(),
      expand(variable): Command {
        const [name = "", ...args] = named.map((word) => fillIn(word, variable));
        return { name, args, expect };
      },
    }];
  });
}

function fillIn(word: readonly Piece[], variable: (name: string) => string): string {
  return word.map(({ text, quoted }) =>
    quoted
      ? text
      : text.replace(VARIABLE, (_, plain?: string, braced?: string) =>
        variable(plain ?? braced ?? ""))
  ).join("");
}

function splitWords(line: string, number: number): readonly (readonly Piece[])[] {
  const words: Piece[][] = [];
  const pattern = /([ \t]+)|#.*|'((?:[^']|'')*)'|('.*)|([^ \t#']+|#)/y;
  let word: Piece[] | undefined;
  while (pattern.lastIndex < line.length) {
    const [all = "", space, quoted, open, plain] = pattern.exec(line) ?? [];
    if (open !== undefined) throw new Error(`line ${number}: a quote is not closed`);
    if (space !== undefined) {
      word = undefined;
      continue;
    }
    // A comment starts a word; within one, # is a character like others.
    if (quoted === undefined && plain === undefined && word === undefined) break;
    if (word === undefined) words.push(word = []);
    word.push(
      quoted === undefined
        ? { text: plain ?? all, quoted: false }
        : { text: quoted.replaceAll("''", "'"), quoted: true },
    );
  }
  return words;
}

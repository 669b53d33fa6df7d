// Places in texts as people and editors count them.

/** A place in a text, both counted from 1. */
export interface Position {
  /** Line. */
  readonly line: number;
  /** Column, in UTF-16 units. */
  readonly column: number;
}

/** Writes a place in a file as compilers do: `path:line:column`; the path alone where it is not known. */
export function formatPlace(path: string, position: Position | undefined): string {
  return position === undefined ? path : `${path}:${position.line}:${position.column}`;
}

/** Where the lines of a text begin, so that thousands of places in it are found in one pass. */
export class LineIndex {
  readonly #starts: readonly number[];

  /** Looks for the ends of lines, which are `\n`, alone or after `\r`. */
  constructor(text: string) {
    const starts = [0];
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
      starts.push(at + 1);
    }
    this.#starts = starts;
  }

  /** The place of an offset in UTF-16 units. */
  position(offset: number): Position {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }

  /** Where the line of an offset begins. */
  lineStart(offset: number): number {
    return offset - this.position(offset).column + 1;
  }
}

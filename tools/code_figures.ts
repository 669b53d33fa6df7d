// Figures of the code base that style.md section 1 budgets: sizes of files, tests to product.
import type { SourceFile } from "./source_tree.ts";

/** Sizes of a set of files, in lines. */
export interface Sizes {
  /** How many files. */
  readonly files: number;
  /** Lines in all. */
  readonly lines: number;
  /** The middle size; 0 where there is no file. */
  readonly median: number;
  /** Nine files of ten are at most this long. */
  readonly ninetieth: number;
  /** The longest file; undefined where there is no file. */
  readonly longest?: { readonly path: string; readonly lines: number };
}

/** Lines of a text; a last line need not be ended. */
export function lineCount(text: string): number {
  return text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

/** Measures files. */
export function sizes(files: readonly SourceFile[]): Sizes {
  const measured = files.map(({ path, text }) => ({ path, lines: lineCount(text) }))
    .sort((left, right) => left.lines - right.lines);
  const at = (share: number): number =>
    measured[Math.max(0, Math.ceil(measured.length * share) - 1)]?.lines ?? 0;
  const longest = measured.at(-1);
  return {
    files: measured.length,
    lines: measured.reduce((sum, { lines }) => sum + lines, 0),
    median: at(0.5),
    ninetieth: at(0.9),
    ...(longest === undefined ? {} : { longest }),
  };
}

/** Sizes as one line for people. */
export function formatSizes(name: string, measured: Sizes): string {
  const { files, lines, median, ninetieth, longest } = measured;
  const tail = longest === undefined ? "" : `, longest ${longest.lines} (${longest.path})`;
  return `${name}: ${files} files, ${lines} lines; median ${median}, p90 ${ninetieth}${tail}`;
}

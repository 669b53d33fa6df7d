// How wide text is on a terminal, and text cut to a width: a row that is too wide would wrap, and the
// region that is redrawn would no longer be where it was.

const NO_WIDTH = /^[\p{M}\p{Cf}\p{Cc}]$/u;

// East Asian Wide and Fullwidth (Unicode UAX #11), and the emoji that terminals draw in two columns.
const WIDE =
  /^[\u1100-\u115f\u231a\u231b\u23e9-\u23f3\u2614\u2615\u26a1\u26bd\u26c4\u2705\u274c\u2728\u2753-\u2757\u2795-\u2797\u2b50\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

/** How many columns `text` takes; it must hold no escape sequences. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += characterColumns(character);
  return columns;
}

/** `text` cut to at most `width` columns, with `…` for what is missing. */
export function cutToColumns(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  if (width < 1) return "";
  let cut = "";
  let columns = 0;
  for (const character of text) {
    columns += characterColumns(character);
    if (columns > width - 1) break;
    cut += character;
  }
  return `${cut}…`;
}

/** `text` cut or filled with spaces to exactly `width` columns. */
export function padToColumns(text: string, width: number): string {
  const cut = cutToColumns(text, width);
  return cut + " ".repeat(Math.max(0, width - columnsOf(cut)));
}

function characterColumns(character: string): number {
  if (character >= " " && character <= "~") return 1;
  if (NO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

// Names in messages: lists of them, and the one that a mistyped one was most likely meant to be.
import { printable } from "../core/printable.ts";

/** Most names that a message lists. */
const SHOWN = 20;

/** Names as a list for a message, cut where there are many. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map((name) => printable(name)).join(", ");
  return names.length > SHOWN ? `${shown}, … (${names.length})` : shown;
}

/** The candidate nearest to `name`; undefined where none is near enough to be meant. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .toSorted((left, right) => left.distance - right.distance);
  const [best] = ranked;
  const enough = Math.max(1, Math.floor(name.length / 3));
  return best !== undefined && best.distance <= enough ? best.candidate : undefined;
}

/** Insertions, deletions and replacements that turn one text into the other (Levenshtein). */
function editDistance(left: string, right: string): number {
  // Names this long are not typed; the table would cost more than the advice is worth.
  if (left.length > 200 || right.length > 200) return Infinity;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= right.length; j++) {
      const replaced = (above[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
  }
  return row.at(-1) ?? 0;
}

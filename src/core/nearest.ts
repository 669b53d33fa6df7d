// The known word that a mistyped one most likely stands for.

/**
 * The word of `known` that is the fewest edits away from `word` (a letter added, dropped, changed, or
 * two neighbours swapped); undefined where even that one is more than a third of its letters off.
 */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  // Nobody mistypes a word into one this long, and the distance costs the product of the lengths.
  if (word.length > 64) return undefined;
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of known) {
    const edits = editDistance(word, candidate);
    if (edits < least && edits <= Math.max(1, Math.floor(candidate.length / 3))) {
      best = candidate;
      least = edits;
    }
  }
  return best;
}

/**
 * How many edits apart two words are (the optimal string alignment distance); costs the product of their
 * lengths.
 */
export function editDistance(left: string, right: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      const swapped = row > 1 && column > 1 && left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1];
      current.push(Math.min(
        (last[column] ?? Infinity) + 1,
        (current[column - 1] ?? Infinity) + 1,
        (last[column - 1] ?? Infinity) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? Infinity) + 1 : Infinity,
      ));
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? Infinity;
}

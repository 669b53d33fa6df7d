// Lists of names in messages.
import { printable } from "../core/printable.ts";

/** Most names that a message lists. */
const SHOWN = 20;

/** Names as a list for a message, cut where there are many. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map((name) => printable(name)).join(", ");
  return names.length > SHOWN ? `${shown}, … (${names.length})` : shown;
}

// No place at all: the image's digest is known, and nothing is written (`--no-push`).
import type { Sink } from "./sink.ts";

/** A sink that writes nothing and gives no reference. */
export function digestOnly(): Sink {
  return { write: () => Promise.resolve([]) };
}

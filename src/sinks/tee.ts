// Several places for one image, one after another; the first failure is the run's.
import type { Sink } from "./sink.ts";

/**
 * A sink that writes to each of `sinks` in the order given and gives back all their references, so
 * that those of the first come first. A later sink is not begun when an earlier one fails.
 */
export function tee(sinks: readonly Sink[]): Sink {
  return {
    async write(root, target, options): Promise<readonly string[]> {
      const references: string[] = [];
      for (const sink of sinks) references.push(...await sink.write(root, target, options));
      return references;
    },
  };
}

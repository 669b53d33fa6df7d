// Found assets as entries of a layer: hashed, which is all that is done to those that a cached layer holds.
import { fileBody, hashFile, hashSmallFile, SMALL_FILE } from "../core/files.ts";
import type { Cancel } from "../core/streams.ts";
import { type LayerEntry, usualDirectory } from "../image/layer_entry.ts";
import type { Found } from "./asset.ts";
import { unreadable } from "./faults.ts";

/** How many files are read at one go before others have a turn: signals, and whoever draws progress. */
const GO = 256;

/**
 * The entries of what was found, in its order. Small files are read in one call each, a hundred thousand
 * of them in seconds: waiting for each elsewhere takes ten times as long as reading it.
 *
 * @throws {KrustError} `asset-refused` where a file cannot be read.
 */
export async function assetEntries(
  found: readonly Found[],
  options: Cancel = {},
): Promise<readonly LayerEntry[]> {
  const entries: LayerEntry[] = [];
  for (const [at, one] of found.entries()) {
    if (one.type === "directory") {
      entries.push(usualDirectory(one.path));
      continue;
    }
    const { path, source, mode } = one;
    try {
      const atOnce = one.size <= SMALL_FILE && at % GO !== 0;
      const { digest, size } = atOnce
        ? hashSmallFile(source)
        : await hashFile(source, { ...options, expected: one.size });
      entries.push({ path, mode, digest, body: fileBody(source, size) });
    } catch (error) {
      options.signal?.throwIfAborted();
      throw unreadable(source, error);
    }
  }
  return entries;
}

// Found assets as entries of a layer: hashed, which is all that is done to those that a cached layer holds.
import { concurrently } from "../core/concurrently.ts";
import { fileBody, hashFile } from "../core/files.ts";
import type { Cancel } from "../core/streams.ts";
import { type LayerEntry, usualDirectory } from "../image/layer_entry.ts";
import type { Found } from "./asset.ts";
import { unreadable } from "./faults.ts";

/** How many files are read at once: enough that none waits for the one before. */
const LANES = 4;

/**
 * The entries of what was found, in its order.
 *
 * @throws {KrustError} `asset-refused` where a file cannot be read.
 */
export function assetEntries(
  found: readonly Found[],
  options: Cancel = {},
): Promise<readonly LayerEntry[]> {
  return concurrently(
    found.map((one) => async (signal: AbortSignal): Promise<LayerEntry> => {
      if (one.type === "directory") return usualDirectory(one.path);
      const { path, source, mode } = one;
      try {
        const { digest, size } = await hashFile(source, { signal, expected: one.size });
        return { path, mode, digest, body: fileBody(source, size) };
      } catch (error) {
        signal.throwIfAborted();
        throw unreadable(source, error);
      }
    }),
    { ...options, limit: LANES },
  );
}

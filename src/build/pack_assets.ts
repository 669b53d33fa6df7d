// Assets as a layer of their own: one for all platforms, and the same again after the program changed.
import type { Found } from "../assets/asset.ts";
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";
import type { Cancel } from "../core/streams.ts";
import type { Layer } from "../image/image.ts";
import { packLayer } from "../image/pack.ts";
import type { ImageContent } from "./content.ts";
import type { PackExecutablesOptions } from "./pack_executables.ts";
import { APPLICATION_DIRECTORY } from "./recipe.ts";

/** What assets became. */
export interface PackedAssets {
  /** Their layer; undefined where there is nothing in it. */
  readonly layer?: Layer;
  /** Their paths in the image, sorted. */
  readonly paths: readonly string[];
}

/**
 * What the assets of an image are now.
 *
 * @throws {KrustError} what `findAssets()` throws.
 */
export async function lookForAssets(
  { assets = [], project = "/" }: ImageContent,
  options: Cancel,
): Promise<readonly Found[]> {
  if (assets.length === 0) return [];
  const { findAssets } = await import("../assets/find_assets.ts");
  return await findAssets(assets, { ...options, project });
}

/**
 * Packs the assets into a layer, or finds the layer that was packed of them before.
 *
 * @param programs names of the image's programs, which no asset may hide behind.
 * @throws {KrustError} what finding, reading and packing them throw.
 */
export async function packAssets(
  content: ImageContent,
  programs: readonly string[],
  { store, report, cpus, mtime, signal }: PackExecutablesOptions,
): Promise<PackedAssets> {
  const cancel: Cancel = signal === undefined ? {} : { signal };
  const found = await lookForAssets(content, cancel);
  if (found.length === 0) return { paths: [] };
  refuseHidden(found, programs);
  const { assetEntries } = await import("../assets/asset_entries.ts");
  const layer = await report.step(`Packing ${found.length} asset(s)`, async (step) => {
    step.total(found.reduce((sum, one) => sum + (one.type === "file" ? one.size : 0), 0));
    const packed = await packLayer(await assetEntries(found, cancel), {
      ...cancel,
      store,
      mtime,
      workers: cpus,
      onRead: (bytes) => step.advance(bytes),
      ...(content.compression === undefined ? {} : { compression: content.compression }),
    });
    if (packed.cached) step.cached();
    return packed.layer;
  });
  return { layer, paths: found.map(({ path }) => path) };
}

/** The programs' layer is above: what it holds under an asset's path would take the asset's place. */
function refuseHidden(found: readonly Found[], programs: readonly string[]): void {
  const taken = new Set(programs.map((name) => `${APPLICATION_DIRECTORY}/${name}`));
  const hidden = found.find(({ path }) => taken.has(path));
  if (hidden === undefined) return;
  throw new KrustError(
    "config-invalid",
    `cannot put an asset at "${printable(hidden.path)}": the program is there`,
  );
}

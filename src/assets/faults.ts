// What can be wrong with assets.
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";
import type { Asset } from "./asset.ts";

/** A file that must not, or cannot, be packed. */
export function refused(reason: string, cause?: unknown): KrustError {
  return new KrustError("asset-refused", `cannot pack the assets: ${reason}`, { cause });
}

/** A file or folder that the system does not give. */
export function unreadable(path: string, error: unknown): KrustError {
  if (path.includes("\ufffd") && error instanceof Deno.errors.NotFound) {
    return refused(`the name "${printable(path, 1_000)}" is not UTF-8 where it shows \ufffd`);
  }
  return refused(`cannot read "${printable(path)}"`, error);
}

/** An asset whose source does not exist. */
export function nothingThere({ label, source }: Asset): KrustError {
  return new KrustError(
    "config-invalid",
    `${printable(label)}: there is no "${printable(source)}"`,
    {
      help: ["assets must be there when the build starts"],
    },
  );
}

/** Two files that would have one path in the image. */
export function twoOfOne({ label }: Asset, path: string): KrustError {
  return new KrustError(
    "config-invalid",
    `${printable(label)}: "${printable(path)}" is another asset already`,
  );
}

// How a failure of the store's folder is told: the path, the system's reason, and what to do.
import { KrustError } from "../core/error.ts";
import { isDiskFull } from "../core/files.ts";
import { formatBytes, printable } from "../core/printable.ts";

const HELP: Readonly<Record<string, string>> = {
  ENOSPC: "free some space on its disk",
  EDQUOT: "free some of your quota on its disk",
  EROFS: "choose a cache folder on a disk that can be written",
  EACCES: "make its folder writable for you, or choose another cache folder",
  EPERM: "make its folder writable for you, or choose another cache folder",
  ENOTDIR: "a part of this path is not a folder: remove it, or choose another cache folder",
  EEXIST: "a part of this path is not a folder: remove it, or choose another cache folder",
};

/**
 * The error for what the system refused: `store-failed`, naming the path and the system's reason.
 * A {@linkcode KrustError} stays as it is.
 *
 * @param action what was attempted, as in `cannot <action> "<path>"`.
 * @param size bytes of it that there should at least be room for, where that is known.
 */
export function storeFailure(
  action: string,
  path: string,
  error: unknown,
  size = 0,
): KrustError {
  if (error instanceof KrustError) return error;
  const { message, code } = describe(error);
  const help = HELP[code];
  const shown = `"${printable(path, 1_000)}"`;
  const wanted = size === 0 ? "" : ` (needs more than ${formatBytes(size)})`;
  return new KrustError(
    "store-failed",
    isDiskFull(error)
      ? `no space left on ${shown}${wanted}`
      : `cannot ${action} ${shown}: ${message}`,
    {
      cause: error,
      help: help === undefined ? [] : [help],
    },
  );
}

function describe(error: unknown): { readonly message: string; readonly code: string } {
  if (!(error instanceof Error)) return { message: printable(String(error)), code: "" };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  // The path is in the message already; Deno adds the call that failed after the reason.
  const reason = /^(.*?) \(os error \d+\)/.exec(error.message)?.[1] ?? error.message;
  return { message: printable(reason), code };
}

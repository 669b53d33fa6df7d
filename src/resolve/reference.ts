// The grammar of references to projects: `krust://PATH`, `krust://PATH#BIN`, `krust://PACKAGE`.
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";

const SCHEME = "krust://";

/** What a reference names. */
export interface ProjectReference {
  /** A folder, absolute or not, or a package's name. */
  readonly path: string;
  /** The binary of the package, where one is named. */
  readonly bin?: string;
}

/** Whether a scalar is a reference: it begins as one and is a single line. */
export function isReference(value: string): boolean {
  return value.startsWith(SCHEME) && !value.includes("\n");
}

/**
 * Reads a reference.
 *
 * @throws {KrustError} `reference-invalid`.
 */
export function parseProjectReference(written: string): ProjectReference {
  const rest = written.slice(SCHEME.length);
  const hash = rest.lastIndexOf("#");
  const path = hash === -1 ? rest : rest.slice(0, hash);
  if (path === "") {
    throw new KrustError("reference-invalid", `"${printable(written)}" names no project`, {
      help: ["krust://. is the one in the working directory, krust://path/to/it any other"],
    });
  }
  if (hash === -1) return { path };
  const bin = rest.slice(hash + 1);
  if (bin === "") {
    throw new KrustError("reference-invalid", `"${printable(written)}" names no binary after #`, {
      help: [`write ${printable(SCHEME + path)} for the package's only binary`],
    });
  }
  return { path, bin };
}

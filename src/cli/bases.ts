// The base that was asked for as a source.
import type { Settings } from "../config/resolve_settings.ts";
import { parseReference } from "../oci/reference.ts";
import type { Registries } from "../registry/registry.ts";
import type { Reporter } from "../report/reporter.ts";
import { registrySource } from "../sources/registry.ts";
import { scratchSource } from "../sources/scratch.ts";
import type { Source } from "../sources/source.ts";
import type { Store } from "../store/store.ts";
import { blaming } from "./blaming.ts";

/** What {@linkcode openBase} works with. */
export interface BaseOptions {
  /** Gives the registry of a host. */
  readonly registries: Registries;
  /** Keeps what was read. */
  readonly store: Store;
  /** Whether layers are wanted on this machine. */
  readonly keepLayers: boolean;
  /** Is told what goes on. */
  readonly report: Reporter;
}

/**
 * The source of the base: `scratch`, `builtin`, or a reference.
 *
 * @throws {KrustError} `reference-invalid`.
 */
export async function openBase(settings: Settings, options: BaseOptions): Promise<Source> {
  const { registries, store, keepLayers, report } = options;
  const base = settings.base.value;
  if (base === "scratch") return scratchSource();
  if (base === "builtin") {
    const [{ builtinSource }, { rootCertificates }] = await Promise.all([
      import("../sources/builtin.ts"),
      import("node:tls"),
    ]);
    return builtinSource({ store, certificates: rootCertificates });
  }
  const reference = blaming(settings.base.origin, () => parseReference(base));
  const offline = settings.offline.value;
  return registrySource({ reference, registries, store, keepLayers, offline, report });
}

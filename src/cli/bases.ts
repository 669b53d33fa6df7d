// The base that was asked for as a source.
import type { Settings } from "../config/resolve_settings.ts";
import { parseReference, type Reference } from "../oci/reference.ts";
import type { Registries } from "../registry/registry.ts";
import type { Reporter } from "../report/reporter.ts";
import { registrySource } from "../sources/registry.ts";
import { scratchSource } from "../sources/scratch.ts";
import type { Source } from "../sources/source.ts";
import type { Store } from "../store/store.ts";
import { blaming } from "./blaming.ts";
import { withMirrors } from "./mirrors.ts";

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

/** A base as it is asked for: two words, or a reference. */
export type NamedBase = "scratch" | "builtin" | Reference;

/**
 * What base is asked for, read; nothing is looked for yet.
 *
 * @throws {KrustError} `reference-invalid`.
 */
export function readBase({ base: { value, origin } }: Pick<Settings, "base">): NamedBase {
  if (value === "scratch" || value === "builtin") return value;
  return blaming(origin, () => parseReference(value));
}

/** The source of a base. */
export async function openBase(
  base: NamedBase,
  settings: Settings,
  options: BaseOptions,
): Promise<Source> {
  const { store, keepLayers, report } = options;
  if (base === "scratch") return scratchSource();
  if (base === "builtin") {
    const [{ builtinSource }, { rootCertificates }] = await Promise.all([
      import("../sources/builtin.ts"),
      import("node:tls"),
    ]);
    return builtinSource({ store, certificates: rootCertificates });
  }
  const offline = settings.offline.value;
  const registries = withMirrors(options.registries, settings, report);
  return registrySource({ reference: base, registries, store, keepLayers, offline, report });
}

// The base that was asked for as a source.
import type { Settings } from "../config/resolve_settings.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
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

/** The bases that are asked for, read. */
export interface NamedBases {
  /** That of every platform which has none of its own. */
  readonly general: NamedBase;
  /** Those of single platforms, by the platform's canonical name. */
  readonly own: ReadonlyMap<string, NamedBase>;
  /** All of them as the user wrote them, for people. */
  readonly words: string;
}

type BaseSettings = Pick<Settings, "base" | "platforms" | "configPath">;

/**
 * What bases are asked for; nothing is looked for yet. Those of single platforms hold where the base
 * itself comes from the user's file, as they do, or from nowhere: one that the command line, the
 * environment or the project names is for every platform.
 *
 * @throws {KrustError} `reference-invalid`.
 */
export function readBases(
  { base, platforms, configPath = "config.toml" }: BaseSettings,
): NamedBases {
  const fromFile = base.origin.kind === "file" || base.origin.kind === "default";
  const own = (fromFile ? platforms : []).flatMap(({ platform, base: value }) => {
    const label = `${configPath}: platforms."${platform}".base`;
    return value === undefined
      ? []
      : [{ platform, value, origin: { kind: "file", label } as const }];
  });
  return {
    general: readBase(base),
    own: new Map(own.map(({ platform, ...named }) => [platform, readBase(named)])),
    words: [base.value, ...own.map(({ platform, value }) => `${platform} on ${value}`)].join(", "),
  };
}

function readBase({ value, origin }: Settings["base"]): NamedBase {
  if (value === "scratch" || value === "builtin") return value;
  return blaming(origin, () => parseReference(value));
}

/** Gives the source of a platform's base, the general one's where no platform is given. */
export async function openBases(
  { general, own }: NamedBases,
  open: (base: NamedBase) => Promise<Source>,
): Promise<(platform?: Platform) => Source> {
  const sources = new Map<string, Source>();
  for (const [platform, named] of own) sources.set(platform, await open(named));
  const other = await open(general);
  return (platform) => sources.get(platform === undefined ? "" : formatPlatform(platform)) ?? other;
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

// The base image: whether it is reached, and has the platforms that are wanted. Its documents are read
// and forgotten; with `--offline` the cache is looked at, and nothing else.
import { cacheDirectory } from "../../config/xdg.ts";
import { KrustError } from "../../core/error.ts";
import { collect } from "../../core/streams.ts";
import { MANIFEST_LIMIT } from "../../oci/manifest.ts";
import { formatPlatform, type Platform, samePlatform } from "../../oci/platform.ts";
import { formatReference, type Reference } from "../../oci/reference.ts";
import { HttpRegistry } from "../../registry/client.ts";
import { RegistryError } from "../../registry/errors.ts";
import type { Registries } from "../../registry/registry.ts";
import type { Documents } from "../../sources/documents.ts";
import { platformImages } from "../../sources/platform_images.ts";
import { registrySource } from "../../sources/registry.ts";
import { ContentStore } from "../../store/content_store.ts";
import { type NamedBase, readBases } from "../bases.ts";
import { withMirrors } from "../mirrors.ts";
import type { RegistryAccess } from "../registries.ts";
import { type Examination, inTime } from "./examination.ts";
import type { Finding } from "./finding.ts";
import { unreached } from "./registries.ts";

/** What was found, and on which platforms the general base runs; undefined for any, or not known. */
export interface BaseFindings {
  /** A finding a base. */
  readonly findings: readonly Finding[];
  /** Platforms of the base that has none of its own. */
  readonly platforms?: readonly Platform[];
}

/** How the builds that need no network are begun. */
const WITHOUT_NETWORK = "krust build --base builtin";

/**
 * Looks at every base that the platforms stand on.
 *
 * @param all whether `--platform all` was asked for: the base then says what is built.
 */
export async function checkBases(
  examination: Examination,
  access: RegistryAccess,
  all: boolean,
): Promise<BaseFindings> {
  const { general, own } = readBases(examination.settings);
  const standing = new Map<NamedBase, Platform[]>([[general, []]]);
  for (const platform of examination.platforms) {
    const base = own.get(formatPlatform(platform)) ?? general;
    standing.set(base, [...standing.get(base) ?? [], platform]);
  }
  const looked = await Promise.all(
    [...standing].filter(([, wanted]) => wanted.length > 0).map(async ([base, wanted]) => ({
      base,
      ...await checkBase(base, wanted, examination, { access, all: all && base === general }),
    })),
  );
  const platforms = looked.find(({ base }) => base === general)?.platforms;
  return {
    findings: looked.map(({ finding }) => finding),
    ...(platforms === undefined ? {} : { platforms }),
  };
}

interface Looked {
  readonly finding: Finding;
  readonly platforms?: readonly Platform[];
}

async function checkBase(
  base: NamedBase,
  wanted: readonly Platform[],
  examination: Examination,
  { access, all }: { readonly access: RegistryAccess; readonly all: boolean },
): Promise<Looked> {
  const check = "base";
  if (base === "scratch" || base === "builtin") {
    return { finding: { check, status: "ok", what: `${base}: takes no network` } };
  }
  const { host, signal } = examination;
  const named = withTag(base);
  const name = formatReference(named);
  try {
    return await inTime(signal, base.registry, async (signal) => {
      const { source } = await access.keychain.resolve(base, { signal });
      const platforms = await platformsOf(named, examination, access, signal);
      const lacking = all ? [] : wanted.filter((one) => !includes(platforms, one));
      const held = platforms.map(formatPlatform).join(", ");
      const why = `credentials: ${source}; it has ${held === "" ? "no image" : held}`;
      if (lacking.length === 0 && platforms.length > 0) {
        const what = `${name}: ${
          examination.settings.offline.value ? "is in the cache" : "can be read"
        }`;
        return { finding: { check, status: "ok", what, why }, platforms };
      }
      const what = `${name}: has no ${lacking.map(formatPlatform).join(", no ")}`;
      const finding: Finding = { check, status: "failure", what, why, command: WITHOUT_NETWORK };
      return { finding, platforms };
    });
  } catch (error) {
    signal.throwIfAborted();
    return { finding: withoutBase(named, error, (name) => host.env(name)) };
  }
}

function withoutBase(
  base: Reference,
  error: unknown,
  env: (name: string) => string | undefined,
): Finding {
  const gone = error instanceof RegistryError && error.status === 404 ||
    error instanceof KrustError && error.code === "base-not-found";
  const found = unreached("base", base, error, env);
  const code = error instanceof KrustError ? error.code : "network-failed";
  if (!gone && code !== "network-failed") return found;
  const what = gone ? `${formatReference(base)}: is not there` : found.what;
  return { ...found, status: "failure", what, command: WITHOUT_NETWORK };
}

async function platformsOf(
  base: Reference,
  { settings, host, report }: Examination,
  access: RegistryAccess,
  signal: AbortSignal,
): Promise<readonly Platform[]> {
  const known = new Map<string, HttpRegistry>();
  const direct: Registries = (name) => {
    const registry = known.get(name) ?? new HttpRegistry(name, access.client(name));
    known.set(name, registry);
    return registry;
  };
  const registries = withMirrors(direct, settings, report);
  if (settings.offline.value) {
    const folder = cacheDirectory((name) => host.env(name), host) ?? host.cwd;
    // By this clock nothing was used just now, so that a look is not taken for use.
    const store = new ContentStore(folder, { now: () => new Date(0) });
    const options = { reference: base, registries, store, keepLayers: false, offline: true };
    return (await registrySource(options).open({ signal })).platforms ?? [];
  }
  const registry = registries(base.registry);
  const subject = `base image "${formatReference(base)}"`;
  const documents: Documents = {
    subject,
    details: { side: "base" },
    manifest: ({ digest }, cancel) => registry.getManifest(base.name, digest, cancel),
    config: async (descriptor, cancel) => {
      const bytes = await registry.getBlob(base.name, descriptor, cancel);
      return await collect(bytes, MANIFEST_LIMIT, `the configuration of ${subject}`);
    },
  };
  const at = base.digest ?? base.tag ?? "latest";
  const root = await registry.getManifest(base.name, at, { signal });
  return (await platformImages(root, documents, { signal })).map(({ platform }) => platform);
}

function includes(platforms: readonly Platform[], wanted: Platform): boolean {
  return platforms.some((platform) => samePlatform(platform, wanted));
}

function withTag(base: Reference): Reference {
  return base.tag === undefined && base.digest === undefined ? { ...base, tag: "latest" } : base;
}

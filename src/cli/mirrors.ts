// The mirrors of the user's file, put before the registries that base images are read from.
import type { Settings } from "../config/resolve_settings.ts";
import { MirroredRegistry } from "../registry/mirrored.ts";
import type { Registries, Registry } from "../registry/registry.ts";
import type { Reporter } from "../report/reporter.ts";

/** The same registries, each read from its mirrors first where it has some (spec.md "Configuration"). */
export function withMirrors(
  registries: Registries,
  settings: Pick<Settings, "registries">,
  report: Reporter,
): Registries {
  const known = new Map<string, Registry>();
  return (name) => {
    const registry = known.get(name) ?? mirrored(name, registries, settings, report);
    known.set(name, registry);
    return registry;
  };
}

function mirrored(
  name: string,
  registries: Registries,
  settings: Pick<Settings, "registries">,
  report: Reporter,
): Registry {
  const registry = registries(name);
  const hosts = settings.registries.find(({ host }) => host === name)?.mirrors ?? [];
  const mirrors = hosts.filter((host) => host !== name).map((host) => registries(host));
  if (mirrors.length === 0) return registry;
  return new MirroredRegistry({ registry, mirrors, trace: (line) => report.debug(line) });
}

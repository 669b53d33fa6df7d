// The registry clients of one run: one a host, with the credentials and exceptions of the user.
import { openKeychain } from "../auth/keychain.ts";
import type { Settings } from "../config/resolve_settings.ts";
import type { Host } from "../core/host.ts";
import { HttpRegistry } from "../registry/client.ts";
import type { Registries } from "../registry/registry.ts";
import type { Reporter } from "../report/reporter.ts";

/** Gives the registry clients. */
export function openRegistries(settings: Settings, host: Host, report: Reporter): Registries {
  const keychain = openKeychain({
    env: (name) => host.env(name),
    run: (command, options) => host.run(command, options),
    trace: (line) => report.debug(line),
    logins: settings.registries.flatMap(({ host, username, password }) =>
      username === undefined || password === undefined
        ? []
        : [{ host, username, password, source: settings.configPath ?? "config.toml" }]
    ),
  });
  const insecure = new Set([
    ...settings.insecureRegistry.value,
    ...settings.registries.filter((registry) => registry.insecure).map(({ host }) => host),
  ]);
  const known = new Map<string, HttpRegistry>();
  return (name) => {
    const registry = known.get(name) ?? new HttpRegistry(name, {
      transport: host.transport,
      keychain,
      insecure: insecure.has(name),
      retry: { warn: (message) => report.warn(message) },
    });
    known.set(name, registry);
    return registry;
  };
}

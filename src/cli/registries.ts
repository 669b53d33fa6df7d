// The registry clients of one run: one a host, with the credentials and exceptions of the user.
import { openKeychain } from "../auth/keychain.ts";
import type { Settings } from "../config/resolve_settings.ts";
import type { Host } from "../core/host.ts";
import { SYSTEM_ALARM, timeLimited } from "../core/time_limits.ts";
import { HttpRegistry, type HttpRegistryOptions } from "../registry/client.ts";
import { SYSTEM_CLOCK } from "../registry/clock.ts";
import type { ConnectionOptions } from "../registry/connection.ts";
import type { Keychain } from "../registry/credential.ts";
import type { Registries } from "../registry/registry.ts";
import { DEFAULT_RETRY } from "../registry/retry.ts";
import type { Reporter } from "../report/reporter.ts";
import { registryTransports } from "./transport.ts";

/** How the registries of one run are reached. */
export interface RegistryAccess {
  /** Knows credentials. */
  readonly keychain: Keychain;
  /** What the client of a registry is made of. */
  client(
    name: string,
  ): Required<Pick<HttpRegistryOptions, "transport" | "keychain" | "insecure" | "retry" | "alarm">>;
}

/** Settles how registries are reached; nothing is read or sent yet. */
export function openAccess(settings: Settings, host: Host, report: Reporter): RegistryAccess {
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
  const transportOf = registryTransports(settings, host);
  const clock = { ...SYSTEM_CLOCK, wait: host.wait?.bind(host) ?? SYSTEM_CLOCK.wait };
  return {
    keychain,
    client: (name) => ({
      transport: transportOf(name),
      keychain,
      insecure: insecure.has(name),
      alarm: host.alarm ?? SYSTEM_ALARM,
      retry: { clock, warn: (message) => report.warn(message) },
    }),
  };
}

/** What a bare connection to a registry is made of: for questions that no {@linkcode Registries} answers. */
export function connectionOptions(access: RegistryAccess, name: string): ConnectionOptions {
  const { transport, keychain, insecure, retry, alarm } = access.client(name);
  const limited = timeLimited(transport, {}, alarm);
  const policy = { ...DEFAULT_RETRY, ...retry };
  return { transport: limited, tokenTransport: limited, keychain, insecure, policy };
}

/** Gives the registry clients. */
export function openRegistries(settings: Settings, host: Host, report: Reporter): Registries {
  const access = openAccess(settings, host, report);
  const known = new Map<string, HttpRegistry>();
  return (name) => {
    const registry = known.get(name) ?? new HttpRegistry(name, access.client(name));
    known.set(name, registry);
    return registry;
  };
}

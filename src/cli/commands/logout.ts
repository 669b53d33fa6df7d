// `krust logout`: has the places where `krust login` keeps credentials forget them.
import { eraseLogin } from "../../auth/docker_login.ts";
import { openSettings } from "../load_project.ts";
import type { Context } from "../program.ts";
import { openAccess } from "../registries.ts";
import { readRegistryArgument } from "../registry_argument.ts";

/** What `logout` was given. */
export interface LogoutArguments {
  /** The registry, as given. */
  readonly registry: string;
  /** `--verbose`. */
  readonly verbose: boolean;
}

/**
 * Logs out; not having been logged in is no error.
 *
 * @throws {KrustError} `usage`, `config-invalid`, `credential-helper-failed`, `output-failed`.
 */
export async function logout(given: LogoutArguments, context: Context): Promise<number> {
  const { host, signal } = context;
  const registry = readRegistryArgument(given.registry);
  const flags = given.verbose ? { verbose: true } : {};
  const opening = await openSettings(flags, context);
  using report = opening.report;
  const places = await eraseLogin(registry, {
    env: (name) => host.env(name),
    run: (command, options) => host.run(command, options),
  }, { signal });
  report.info(
    places.length === 0
      ? `There was no login to ${registry} to remove`
      : `Login to ${registry} is removed from ${places.join(" and ")}`,
  );
  const { keychain } = openAccess(opening.settings, host, report);
  const left = await keychain.resolve({ registry, name: "" }, { signal });
  if (left.kind !== "anonymous") {
    report.warn(`there are still credentials for ${registry}: ${left.source}`);
  }
  return 0;
}

// A registry as an argument of `login` and `logout`.
import { readRegistryHost } from "../config/reader.ts";
import { KrustError } from "../core/error.ts";

/**
 * The registry's host, with port if any, as references have it. Scheme and path, which other tools take
 * here, are dropped where they say nothing.
 *
 * @throws {KrustError} `usage`; what was given is not repeated, as it may hold a password.
 */
export function readRegistryArgument(given: string): string {
  const bare = given.replace(/^https:\/\//, "").replace(/\/(?:v[12]\/?)?$/, "");
  return readRegistryHost(bare, (reason) =>
    new KrustError("usage", `not a registry: ${reason}`, {
      help: ["name its host: ghcr.io, registry.example.com:5000, docker.io"],
    }));
}

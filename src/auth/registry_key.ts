// Under which keys a docker-style file keeps a repository's credentials. Keys are compared whole, never
// by a part of them: what is kept for one host must not reach another.
import { DEFAULT_REGISTRY, type Repository } from "../oci/reference.ts";

/** What docker calls its own registry, in files and to helpers. */
const HUB_ADDRESS = "https://index.docker.io/v1/";

const HUB_HOSTS: readonly string[] = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/**
 * A key in the one form in which keys are compared: `host[:port][/path]`. The scheme goes, and the API
 * version that old versions of docker wrote behind the host.
 */
export function normalizeKey(key: string): string {
  const bare = key.replace(/^https?:\/\//, "");
  const slash = bare.indexOf("/");
  const host = (slash === -1 ? bare : bare.slice(0, slash)).toLowerCase();
  const path = slash === -1 ? "" : withoutSlashes(bare.slice(slash + 1));
  const registry = HUB_HOSTS.includes(host) ? DEFAULT_REGISTRY : host;
  return path === "" || path === "v1" || path === "v2" ? registry : `${registry}/${path}`;
}

/** A path without the slashes at its end; `/\/+$/` would begin anew at each of very many slashes. */
function withoutSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") end--;
  return path.slice(0, end);
}

/**
 * The keys that may hold a repository's credentials, the most telling first: `host/a/b`, `host/a`,
 * `host` (containers-auth.json(5)).
 */
export function lookupKeys(repository: Repository): readonly string[] {
  const registry = normalizeKey(repository.registry);
  const components = repository.name.split("/").filter((component) => component !== "");
  return [
    ...components.map((_, dropped) =>
      [registry, ...components.slice(0, components.length - dropped)].join("/")
    ),
    registry,
  ];
}

/** How a credential helper knows a registry: by its host, Docker Hub by docker's address for it. */
export function helperAddress(registry: string): string {
  return normalizeKey(registry) === DEFAULT_REGISTRY ? HUB_ADDRESS : registry;
}

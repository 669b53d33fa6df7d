// The registry that is pushed to: whether it is reached, whose credentials answer, and what they allow.
import { dockerConfigPlace } from "../../auth/auth_files.ts";
import { KrustError } from "../../core/error.ts";
import { formatRepository, parseReference, type Repository } from "../../oci/reference.ts";
import { type Permission, Permissions } from "../../registry/permissions.ts";
import { registryOrigin } from "../../registry/origin.ts";
import { isClusterRegistry } from "../../sinks/cluster_kind.ts";
import { LOCAL_REGISTRY } from "../../sinks/local_repository.ts";
import { nameImage } from "../naming.ts";
import { connectionOptions, openAccess, type RegistryAccess } from "../registries.ts";
import { type Examination, inTime } from "./examination.ts";
import { type Finding, reasonOf, shellWord } from "./finding.ts";

/** Where a build would write. */
export type Destination =
  | { readonly kind: "engine" | "nowhere" | "unnamed" }
  | { readonly kind: "cluster" | "registry"; readonly repository: Repository };

/**
 * Where a build with these settings would write.
 *
 * @throws {KrustError} `usage`, `reference-invalid`.
 */
export function destinationOf(
  { settings, project }: Pick<Examination, "settings" | "project">,
): Destination {
  const [bin] = project?.binaries ?? [];
  const { name = "app", version = "0.1.0" } = project?.package ?? {};
  const { repository } = nameImage(settings, {
    package: name,
    version,
    ...(bin === undefined ? {} : { bin }),
  });
  if (settings.local.value || repository?.registry === LOCAL_REGISTRY) return { kind: "engine" };
  if (repository !== undefined && isClusterRegistry(repository.registry)) {
    return { kind: "cluster", repository };
  }
  if (settings.noPush.value) return { kind: "nowhere" };
  return repository === undefined ? { kind: "unnamed" } : { kind: "registry", repository };
}

/** How registries are reached when nobody is to wait: what fails once has failed. */
export function hastyAccess(
  { settings, host, report }: Pick<Examination, "settings" | "host" | "report">,
): RegistryAccess {
  const access = openAccess(settings, host, report);
  return {
    keychain: access.keychain,
    client(name): ReturnType<RegistryAccess["client"]> {
      const client = access.client(name);
      return { ...client, retry: { ...client.retry, attempts: 1 } };
    },
  };
}

/** Looks at where a build would write. */
export async function checkDestination(
  destination: Destination,
  examination: Examination,
  access: RegistryAccess,
): Promise<readonly Finding[]> {
  const check = "registry";
  switch (destination.kind) {
    case "engine":
      return [{ check, status: "note", what: "nothing is pushed: the image is the engine's" }];
    case "nowhere":
      return [{ check, status: "note", what: "nothing is pushed: --no-push" }];
    case "cluster": {
      const what = `nothing is pushed: the image is for ${destination.repository.registry}`;
      return [{ check, status: "note", what }];
    }
    case "unnamed":
      return [{
        check,
        status: "warning",
        what: "nowhere to push to: neither --image nor KRUST_REPO is set",
        why: "only a build with --no-push or --local goes through",
        command: "export KRUST_REPO=registry.example.com/team",
      }];
    case "registry":
      return [await checkRegistry(destination.repository, examination, access)];
  }
}

async function checkRegistry(
  repository: Repository,
  { host, signal, settings }: Examination,
  access: RegistryAccess,
): Promise<Finding> {
  const name = formatRepository(repository);
  try {
    return await inTime(signal, repository.registry, async (signal) => {
      const credential = await access.keychain.resolve(repository, { signal });
      const whose = `credentials: ${credential.source}`;
      if (settings.offline.value) {
        const what = `${name}: not asked, as the network is not to be used`;
        return { check: "registry", status: "note", what, why: whose };
      }
      const { registry } = repository;
      const permissions = new Permissions(registry, connectionOptions(access, registry));
      const pull = await permissions.pull(repository.name, "latest", { signal });
      const push = await permissions.push(repository.name, { signal });
      return permitted(repository, { pull, push }, whose);
    });
  } catch (error) {
    signal.throwIfAborted();
    return unreached("registry", repository, error, (name) => host.env(name));
  }
}

/** What credentials allow; without push no build goes through. */
function permitted(
  repository: Repository,
  { pull, push }: { readonly pull: Permission; readonly push: Permission },
  whose: string,
): Finding {
  const name = formatRepository(repository);
  const check = "registry";
  const both = pull.granted && push.granted;
  if (both) return { check, status: "ok", what: `${name}: pull and push granted`, why: whose };
  const denied = push.granted ? pull : push;
  const absent = denied.reason.includes("has to be made first");
  const ecr = /\.ecr\..*amazonaws\.com/.test(repository.registry);
  return {
    check,
    status: push.granted ? "warning" : "failure",
    what: `${name}: ${push.granted ? "push granted, but no pull" : "no push"}`,
    why: `${denied.reason}; ${whose}`,
    command: absent && ecr
      ? `aws ecr create-repository --repository-name ${shellWord(repository.name)}`
      : loginCommand(repository.registry),
  };
}

/** Keeps credentials for a registry. */
export function loginCommand(registry: string): string {
  return `krust login -u USER --password-stdin ${registry}`;
}

/** The finding for a registry that could not be asked: by its credentials' files, or on the way to it. */
export function unreached(
  check: "registry" | "base",
  repository: Repository,
  error: unknown,
  env: (name: string) => string | undefined,
): Finding {
  const code = error instanceof KrustError ? error.code : "";
  const name = formatRepository(repository);
  const why = reasonOf(error);
  const status = "failure";
  if (code === "config-invalid") {
    const what = `${name}: credentials cannot be read`;
    return { check, status, what, why, command: mendFile(why, name, env) };
  }
  if (code === "credential-helper-failed") {
    const what = `${name}: the credential helper fails`;
    return { check, status, what, why, command: `krust auth check ${name}` };
  }
  if (code === "auth-required" || code === "auth-denied") {
    const what = `${name}: credentials are refused`;
    return { check, status, what, why, command: loginCommand(repository.registry) };
  }
  const what = code === "network-failed" || code === ""
    ? `${name}: ${repository.registry} cannot be reached`
    : `${name}: ${repository.registry} cannot say`;
  const { href } = new URL("/v2/", registryOrigin(repository.registry));
  return { check, status, what, why, command: `curl -sSI ${href}` };
}

/** Puts a file of credentials that cannot be read out of the way, where it is known which one it is. */
function mendFile(
  reason: string,
  name: string,
  env: (name: string) => string | undefined,
): string {
  const path = [env("REGISTRY_AUTH_FILE"), dockerConfigPlace(env)?.path]
    .find((path) => path !== undefined && path !== "" && reason.includes(path));
  return path === undefined
    ? `krust auth check ${name}`
    : `mv ${shellWord(path)} ${shellWord(`${path}.broken`)}`;
}

/** The repository of a base. */
export function repositoryOf(base: string): Repository {
  const { registry, name } = parseReference(base);
  return { registry, name };
}

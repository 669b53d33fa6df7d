// What to do about a registry's refusal, where the registry, its host or its words tell. The words are
// those of the hosted registries; `tests/support/faults/quirks.ts` has the threads in which they stand.
import type { Attempt, SpecError, Standing } from "./errors.ts";
import { printable } from "../core/printable.ts";

/** A refusal, as far as it matters for what to do. */
export interface Refusal {
  readonly status: number;
  readonly errors: readonly SpecError[];
  readonly attempt: Attempt;
  readonly standing: Standing;
  /** The repository that was asked about, where it was one. */
  readonly repository?: string;
}

/** Lines of help for a refusal; none where nothing is known to help. */
export function refusalHelp(refusal: Refusal): readonly string[] {
  const { status, errors, attempt: { host, label }, standing, repository = "" } = refusal;
  const push = label.startsWith("push");
  const told = (pattern: RegExp): boolean => errors.some(({ message }) => pattern.test(message));
  if (status === 401 && standing.kind === "withheld") {
    return [`credentials are not sent over plain HTTP to another machine: serve ${host} over TLS`];
  }
  // A login stored elsewhere would not be asked for: krust's own configuration comes first.
  if (status === 401 && standing.kind === "shown" && standing.source.endsWith(".toml")) {
    return [`correct the username and password for ${host} in ${printable(standing.source)}`];
  }
  if (status === 403 && told(/\bquota\b|will exceed the configured upper limit/i)) {
    return ["the project's quota is used up: delete images there, or have it raised"];
  }
  if (status === 403 && push && host === "ghcr.io" && standing.kind === "shown") {
    return [
      "in GitHub Actions, give the job `permissions: packages: write`, and in the package's settings",
      "give the repository write access; elsewhere the token needs the scope write:packages",
    ];
  }
  if (status === 401 || status === 403 || status === 429) return [loginCommand(host)];
  if (push && errors.some(({ code }) => code === "NAME_UNKNOWN")) {
    return [
      "this registry does not make repositories by itself: create the repository first",
      ...createCommand(host, repository),
    ];
  }
  if (push && told(/\bimmutable\b/i)) {
    return ["tags of this repository cannot be moved: choose another tag"];
  }
  if (status === 413) {
    return ["raise the limit on request bodies of the registry, or of the proxy before it"];
  }
  if (status === 415) return ["the registry may not take OCI manifests"];
  return [];
}

/** The command that stores credentials for a registry. */
function loginCommand(host: string): string {
  return host === "docker.io" ? "docker login" : `docker login ${host}`;
}

/** The command that makes a repository, for registries of which it is known. */
function createCommand(host: string, repository: string): readonly string[] {
  const [, region] = /^\d+\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(host) ?? [];
  return region === undefined
    ? []
    : [`aws ecr create-repository --region ${region} --repository-name ${repository}`];
}

/**
 * Help for an upload that cannot be begun since the connection ends: ECR does not answer at all where
 * the repository does not exist (aws/containers-roadmap#1970).
 */
export function hangUpHelp(host: string, repository: string): readonly string[] {
  return createCommand(host, repository).map((command) =>
    `this registry hangs up where the repository does not exist; to create it: ${command}`
  );
}

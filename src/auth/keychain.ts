// The keychain of the command line: one source after another is asked for a repository's credentials,
// the first that has some answers (spec.md "Configuration").
import { Once } from "../core/once.ts";
import type { Cancel } from "../core/streams.ts";
import { formatRepository, type Repository } from "../oci/reference.ts";
import type { Credential, Keychain } from "../registry/credential.ts";
import { type AuthFile, authFiles, type Environment } from "./auth_files.ts";
import { askHelper, type HelperOptions, type Run } from "./credential_helper.ts";
import type { DockerConfig, Secret } from "./docker_config.ts";
import { helperAddress, lookupKeys } from "./registry_key.ts";

/** Credentials that krust's own configuration holds. */
export interface Login {
  /** Host with port if any, as references have it. */
  readonly host: string;
  /** The user. */
  readonly username: string;
  /** A secret. */
  readonly password: string;
  /** Where it stands, for people. */
  readonly source: string;
}

/** What the keychain needs of its surroundings. */
export interface KeychainDeps {
  /** Reads environment variables. */
  readonly env: Environment;
  /** Runs credential helpers. */
  readonly run: Run;
  /** What krust's own configuration holds. */
  readonly logins?: readonly Login[];
  /** Hears what is looked for and found, never a secret. */
  readonly trace?: (line: string) => void;
  /** How long a helper may take, in milliseconds. */
  readonly helperTimeLimit?: number;
}

/** Gives what it has for a repository. */
type CredentialSource = (
  repository: Repository,
  options: Cancel,
) => Promise<Credential | undefined>;

/**
 * Opens the chain: krust's configuration, docker-style files with their helpers, GitHub's token in
 * GitHub Actions, and last nobody. Each file is read, and each helper asked for a registry, once.
 */
export function openKeychain(deps: KeychainDeps): Keychain {
  const { env, logins = [], trace = (): void => {} } = deps;
  const askOnce = helperAsker(deps, trace);
  const sources: readonly CredentialSource[] = [
    (repository) => Promise.resolve(loginFor(repository, logins)),
    ...authFiles(env).map((file) => fileSource(file, askOnce)),
    (repository) => Promise.resolve(githubToken(repository, env)),
  ];
  const answers = new Once<Credential>();
  return {
    resolve: (repository, options = {}) =>
      answers.get(formatRepository(repository), async () => {
        const name = formatRepository(repository);
        trace(`Resolving auth for ${name}`);
        const credential = await firstOf(sources, repository, options);
        trace(`Using ${credential.kind} credentials for ${name}: ${credential.source}`);
        return credential;
      }),
  };
}

async function firstOf(
  sources: readonly CredentialSource[],
  repository: Repository,
  options: Cancel,
): Promise<Credential> {
  for (const source of sources) {
    const credential = await source(repository, options);
    if (credential !== undefined) return credential;
  }
  return { kind: "anonymous", source: "no credentials found" };
}

function loginFor(repository: Repository, logins: readonly Login[]): Credential | undefined {
  const login = logins.find(({ host }) => host === repository.registry);
  if (login === undefined) return undefined;
  const { username, password, source } = login;
  return { kind: "basic", username, password, source };
}

/** GitHub's own token opens its registry, and is shown to no other. */
function githubToken(repository: Repository, env: Environment): Credential | undefined {
  if (repository.registry !== "ghcr.io" || env("GITHUB_ACTIONS") !== "true") return undefined;
  const password = env("GITHUB_TOKEN")?.trim() ?? "";
  if (password === "") return undefined;
  const username = env("GITHUB_ACTOR") || "x-access-token";
  return { kind: "basic", username, password, source: "GITHUB_TOKEN" };
}

/** Asks a helper for a registry. */
type Ask = (
  program: string,
  registry: string,
  options: HelperOptions,
) => Promise<Secret | undefined>;

function helperAsker(deps: KeychainDeps, trace: (line: string) => void): Ask {
  const answers = new Once<Secret | undefined>();
  const { helperTimeLimit } = deps;
  return (program, registry, options) => {
    const address = helperAddress(registry);
    return answers.get(`${program} ${address}`, () => {
      trace(`Asking credential helper ${program} for ${address}`);
      return askHelper(program, address, deps.run, {
        ...options,
        ...(helperTimeLimit === undefined ? {} : { timeLimit: helperTimeLimit }),
      });
    });
  };
}

function fileSource(file: AuthFile, ask: Ask): CredentialSource {
  const opened = new Once<DockerConfig | undefined>();
  return async (repository, options) => {
    const config = await opened.get("", () => file.open());
    if (config === undefined) return undefined;
    const askFor = async (program: string | undefined): Promise<Credential | undefined> => {
      if (program === undefined) return undefined;
      const secret = await ask(program, repository.registry, options);
      return secret && { ...secret, source: `${program} (${file.label})` };
    };
    const keys = lookupKeys(repository);
    for (const key of keys) {
      const helped = await askFor(config.helper(key));
      if (helped !== undefined) return helped;
      const secret = config.secret(key);
      if (secret !== undefined) return { ...secret, source: `${file.label} (auths)` };
    }
    return askFor(config.store(keys));
  };
}

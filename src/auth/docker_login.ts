// Puts credentials where docker and its kin look for them, and takes them away again: in the configured
// helper, else in docker's config.json. Whatever else the file says stays as it was.
import { basename, dirname, join } from "node:path";
import { KrustError, wrapError } from "../core/error.ts";
import { writeFileWhole } from "../core/files.ts";
import type { Cancel } from "../core/streams.ts";
import { basicAuthorization } from "../registry/token.ts";
import { dockerConfigPlace, type Environment, type FilePlace, readIfThere } from "./auth_files.ts";
import { eraseFromHelper, type Run, storeInHelper } from "./credential_helper.ts";
import { type DockerConfig, parseDockerConfig } from "./docker_config.ts";
import { editAuths, type NewEntry } from "./docker_config_edit.ts";
import { helperAddress, normalizeKey } from "./registry_key.ts";

/** What keeping credentials needs of its surroundings. */
export interface DockerLoginDeps {
  /** Reads environment variables. */
  readonly env: Environment;
  /** Runs credential helpers. */
  readonly run: Run;
}

/** Milliseconds between two looks at whether another krust is done with the file. */
const LOCK_INTERVAL = 50;

/**
 * Keeps a user name and password for a registry; gives the file or helper that has them now.
 *
 * @param registry host with port if any, as references have it.
 * @throws {KrustError} `config-invalid`, `credential-helper-failed`, `output-failed`.
 */
export async function storeLogin(
  registry: string,
  login: { readonly username: string; readonly password: string },
  deps: DockerLoginDeps,
  options: Cancel = {},
): Promise<string> {
  const place = requirePlace(deps.env);
  return await editFile(place, registry, options, async (config) => {
    const helper = helperOf(config, registry);
    if (helper === undefined) {
      const auth = basicAuthorization(login).replace(/^Basic /, "");
      return { result: place.label, entry: () => ({ auth }) };
    }
    await storeInHelper(helper, helperAddress(registry), login, deps.run, options);
    // What the file has would be found before the helper is asked; docker leaves `{}` there, too.
    return { result: helper, entry: (before) => before ? {} : undefined };
  });
}

/**
 * Removes what is kept for a registry, in helper and file; gives those that were told to forget it.
 *
 * @param registry host with port if any, as references have it.
 * @throws {KrustError} `config-invalid`, `credential-helper-failed`, `output-failed`.
 */
export async function eraseLogin(
  registry: string,
  deps: DockerLoginDeps,
  options: Cancel = {},
): Promise<readonly string[]> {
  const place = requirePlace(deps.env);
  if (await readIfThere(place.path) === undefined) return [];
  return await editFile(place, registry, options, async (config) => {
    const helper = helperOf(config, registry);
    if (helper !== undefined) {
      await eraseFromHelper(helper, helperAddress(registry), deps.run, options);
    }
    const filed = config.secret(normalizeKey(registry)) !== undefined;
    const asked = [...(helper === undefined ? [] : [helper]), ...(filed ? [place.label] : [])];
    return { result: asked, entry: () => undefined };
  });
}

function requirePlace(env: Environment): FilePlace {
  const place = dockerConfigPlace(env);
  if (place !== undefined) return place;
  throw new KrustError("config-invalid", "there is no home folder for docker's config.json", {
    help: ["set HOME, or DOCKER_CONFIG to a folder"],
  });
}

function helperOf(config: DockerConfig, registry: string): string | undefined {
  const key = normalizeKey(registry);
  return config.helper(key) ?? config.store([key]);
}

interface Edit<Result> {
  readonly result: Result;
  readonly entry: NewEntry;
}

/** Changes a registry's entry in the file while no other krust does; nothing is written where it stays. */
async function editFile<Result>(
  { path, label }: FilePlace,
  registry: string,
  options: Cancel,
  work: (config: DockerConfig) => Promise<Edit<Result>>,
): Promise<Result> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // A link stays a link: people keep this file elsewhere and link to it.
    const target = await realPath(path);
    using _lock = await lock(target, options);
    const text = await readIfThere(target) ?? "";
    const { result, entry } = await work(parseDockerConfig(text, path));
    const next = editAuths(text, registry, entry);
    if (next !== text) await writeFileWhole(target, next, { mode: 0o600 });
    return result;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw wrapError("output-failed", `cannot change ${label}`, error);
  }
}

async function realPath(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return path;
    throw error;
  }
}

/** Holds a file beside the one that is to change: that one itself is replaced, and its lock with it. */
async function lock(path: string, { signal }: Cancel): Promise<Deno.FsFile> {
  const beside = join(dirname(path), `.${basename(path)}.krust-lock`);
  const file = await Deno.open(beside, { read: true, write: true, create: true, mode: 0o600 });
  try {
    while (!await file.tryLock(true)) {
      await new Promise((resolve) => setTimeout(resolve, LOCK_INTERVAL));
      signal?.throwIfAborted();
    }
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

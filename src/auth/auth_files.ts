// Which docker-style files there are on this machine, in the order in which they are asked.
import { join } from "node:path";
import { wrapError } from "../core/error.ts";
import { type DockerConfig, parseDockerConfig } from "./docker_config.ts";

/** Reads an environment variable; undefined where it is unset. */
export type Environment = (name: string) => string | undefined;

/** A file that may hold credentials. */
export interface AuthFile {
  /** What users know it by: `~/.docker/config.json`. */
  readonly label: string;
  /**
   * What it says; undefined where it is not there.
   *
   * @throws {KrustError} `config-invalid`.
   */
  open(): Promise<DockerConfig | undefined>;
}

/** The longest file that is read, in bytes. */
const SIZE_LIMIT = 4 * 1024 * 1024;

/**
 * `$REGISTRY_AUTH_FILE`, `$DOCKER_AUTH_CONFIG` (the document itself, as GitLab has it), docker's
 * config.json, containers' auth.json. None is read before it is opened.
 */
export function authFiles(env: Environment): readonly AuthFile[] {
  const set = (name: string): string | undefined => {
    const value = env(name);
    return value === undefined || value.trim() === "" ? undefined : value;
  };
  const named = set("REGISTRY_AUTH_FILE");
  const inline = set("DOCKER_AUTH_CONFIG");
  const docker = dockerConfigPlace(env);
  const runtime = set("XDG_RUNTIME_DIR");
  const files: (AuthFile | undefined)[] = [
    named === undefined ? undefined : fileAt(named),
    inline === undefined ? undefined : {
      label: "DOCKER_AUTH_CONFIG",
      open: () => Promise.resolve(parseDockerConfig(inline, "DOCKER_AUTH_CONFIG")),
    },
    docker === undefined ? undefined : fileAt(docker.path, docker.label),
    runtime === undefined ? undefined : fileAt(join(runtime, "containers", "auth.json")),
  ];
  return files.filter((file) => file !== undefined);
}

/** A file by its path, and as users know it. */
export interface FilePlace {
  /** Where it is. */
  readonly path: string;
  /** What users know it by. */
  readonly label: string;
}

/** Where docker's config.json is: in `$DOCKER_CONFIG`, else `~/.docker`. Undefined without a home. */
export function dockerConfigPlace(env: Environment): FilePlace | undefined {
  const folder = env("DOCKER_CONFIG") ?? "";
  if (folder.trim() !== "") {
    const path = join(folder, "config.json");
    return { path, label: path };
  }
  const home = [env("HOME"), env("USERPROFILE")].find((value) => (value ?? "").trim() !== "");
  return home === undefined
    ? undefined
    : { path: join(home, ".docker", "config.json"), label: "~/.docker/config.json" };
}

function fileAt(path: string, label: string = path): AuthFile {
  return {
    label,
    async open(): Promise<DockerConfig | undefined> {
      const text = await readIfThere(path);
      return text === undefined ? undefined : parseDockerConfig(text, path);
    },
  };
}

/**
 * The text of a small file; undefined where it is not there.
 *
 * @throws {KrustError} `config-invalid` where it cannot be read.
 */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    using file = await Deno.open(path);
    if ((await file.stat()).size > SIZE_LIMIT) throw new Error(`larger than ${SIZE_LIMIT} bytes`);
    return await new Response(file.readable).text();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw wrapError("config-invalid", `cannot read credentials from "${path}"`, error);
  }
}

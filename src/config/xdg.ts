// Where krust keeps things, after the XDG base directory specification; the same on every system,
// as the mission names `~/.config/krust/config.toml` without exception.
import { isAbsolute, join, resolve } from "node:path";
import type { Host } from "../core/host.ts";

/** Reads an environment variable; undefined where it is unset. */
export type Environment = (name: string) => string | undefined;

/** The value of a variable; one that is empty or blank counts as unset. */
export function valueOf(env: Environment, name: string): string | undefined {
  const value = env(name);
  return value === undefined || value.trim() === "" ? undefined : value;
}

/**
 * A path that a variable names: where it is relative, from the working directory, which is not asked for
 * otherwise, as it may be gone.
 */
function named(env: Environment, name: string, host: Pick<Host, "cwd">): string | undefined {
  const path = valueOf(env, name);
  return path === undefined || isAbsolute(path) ? path : resolve(host.cwd, path);
}

/**
 * The user's configuration: `$KRUST_CONFIG`, else `$XDG_CONFIG_HOME/krust/config.toml`, else
 * `~/.config/krust/config.toml`. Undefined without a home.
 */
export function configPath(env: Environment, host: Pick<Host, "cwd">): string | undefined {
  const path = named(env, "KRUST_CONFIG", host);
  if (path !== undefined) return path;
  const base = baseDirectory(env, "XDG_CONFIG_HOME", ".config");
  return base === undefined ? undefined : join(base, "krust", "config.toml");
}

/**
 * The cache's folder: `$KRUST_CACHE_DIR`, else `$XDG_CACHE_HOME/krust`, else `~/.cache/krust`.
 * Undefined without a home.
 */
export function cacheDirectory(env: Environment, host: Pick<Host, "cwd">): string | undefined {
  const path = named(env, "KRUST_CACHE_DIR", host);
  if (path !== undefined) return path;
  const base = baseDirectory(env, "XDG_CACHE_HOME", ".cache");
  return base === undefined ? undefined : join(base, "krust");
}

/** What krust keeps for good: `$XDG_DATA_HOME/krust`, else `~/.local/share/krust`. Undefined without a home. */
export function dataDirectory(env: Environment): string | undefined {
  const base = baseDirectory(env, "XDG_DATA_HOME", ".local/share");
  return base === undefined ? undefined : join(base, "krust");
}

/** The XDG specification has relative paths ignored; a home that is not absolute means nothing either. */
function baseDirectory(env: Environment, name: string, underHome: string): string | undefined {
  const base = valueOf(env, name);
  if (base !== undefined && isAbsolute(base)) return base;
  const home = valueOf(env, "HOME") ?? valueOf(env, "USERPROFILE");
  return home !== undefined && isAbsolute(home) ? join(home, underHome) : undefined;
}

// Reads the user's config.toml from where it lies.
import { KrustError, wrapError } from "../core/error.ts";
import type { Host } from "../core/host.ts";
import { TOML_LIMIT } from "../core/toml_keys.ts";
import { NO_USER_CONFIG, type UserConfig } from "./user_settings.ts";
import { configPath, type Environment, valueOf } from "./xdg.ts";

/** The user's file, read. */
export interface LoadedUserConfig extends UserConfig {
  /** What the user should be told. */
  readonly warnings: readonly string[];
}

/**
 * Reads the user's file. There need be none, unless `$KRUST_CONFIG` names one.
 *
 * @throws {KrustError} `config-invalid`.
 */
export async function loadUserConfig(
  env: Environment,
  host: Pick<Host, "cwd">,
): Promise<LoadedUserConfig> {
  const path = configPath(env, host);
  const file = path === undefined ? undefined : await readIfThere(path);
  if (path !== undefined && file !== undefined) {
    const { parseUserConfig } = await import("./user_config.ts");
    const config = parseUserConfig(file.text, path);
    return { ...config, warnings: warningsOf(config, path, file.mode) };
  }
  if (path !== undefined && valueOf(env, "KRUST_CONFIG") !== undefined) {
    throw new KrustError("config-invalid", `cannot read "${path}": there is no such file`, {
      help: ["KRUST_CONFIG names it: correct the variable, or unset it"],
    });
  }
  return { ...NO_USER_CONFIG, warnings: [] };
}

/** A file's text and permissions; undefined where there is no such file. */
async function readIfThere(
  path: string,
): Promise<{ readonly text: string; readonly mode: number | null } | undefined> {
  try {
    using file = await Deno.open(path);
    const { mode, size } = await file.stat();
    if (size > TOML_LIMIT) {
      throw new KrustError("config-invalid", `${path}: it is larger than ${TOML_LIMIT} bytes`);
    }
    const bytes = await new Response(file.readable).bytes();
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), mode };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw wrapError("config-invalid", `cannot read "${path}"`, error);
  }
}

function warningsOf(config: UserConfig, path: string, mode: number | null): readonly string[] {
  const secret = config.registries.some(({ password }) => password !== undefined);
  // No mode where the system has none (Windows).
  if (!secret || mode === null || (mode & 0o077) === 0) return [];
  return [`"${path}" holds a password and is open to others: chmod 600 "${path}"`];
}

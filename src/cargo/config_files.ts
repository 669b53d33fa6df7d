// Finds cargo's configuration files as cargo will (Cargo Book, "Configuration": hierarchical structure).
import { dirname, join, resolve } from "node:path";
import { KrustError } from "../core/error.ts";
import type { Host } from "../core/host.ts";
import { TOML_LIMIT } from "../core/toml_keys.ts";
import type { ConfigFile } from "./config_file.ts";

/** The deepest chain of `include` that is followed; cargo itself refuses circles. */
const INCLUDE_DEPTH = 8;

/**
 * The configuration files that hold for a folder, the one that wins first: from the folder upward,
 * then `$CARGO_HOME`. What a file includes follows it.
 *
 * @param directory absolute, without symbolic links.
 * @throws {KrustError} `config-invalid` for a file that is no TOML.
 */
export async function readConfigFiles(
  directory: string,
  host: Pick<Host, "env" | "cwd">,
): Promise<readonly ConfigFile[]> {
  const folders: string[] = [];
  for (let at = directory;; at = dirname(at)) {
    folders.push(join(at, ".cargo"));
    if (dirname(at) === at) break;
  }
  const home = cargoHome(host);
  // $CARGO_HOME is often ~/.cargo, above the project: it is read once.
  if (home !== undefined && !folders.includes(home)) folders.push(home);
  const files: ConfigFile[] = [];
  const seen = new Set<string>();
  for (const folder of folders) {
    // Where both are there, cargo takes the one without an ending, and warns.
    for (const name of ["config", "config.toml"]) {
      const found = await readConfigFile(join(folder, name), INCLUDE_DEPTH, seen);
      files.push(...found);
      if (found.length > 0) break;
    }
  }
  return files;
}

/** Where cargo keeps what it fetched, and its own configuration; undefined without a home. */
export function cargoHome(host: Pick<Host, "env" | "cwd">): string | undefined {
  const given = host.env("CARGO_HOME");
  if (given !== undefined && given !== "") return resolve(host.cwd, given);
  const home = host.env("HOME") || host.env("USERPROFILE");
  return home === undefined || home === "" ? undefined : join(resolve(host.cwd, home), ".cargo");
}

/**
 * A file, then what it includes, the last of which wins over the others; nothing if it is not there.
 * Each file is read once, as files that include each other would be read without end.
 */
async function readConfigFile(
  path: string,
  depth: number,
  seen: Set<string>,
): Promise<readonly ConfigFile[]> {
  if (seen.has(path)) return [];
  seen.add(path);
  const text = await readText(path);
  if (text === undefined) return [];
  const { parseConfigFile } = await import("./config_file.ts");
  const { file, includes } = parseConfigFile(text, path);
  const files = [file];
  for (const included of depth === 0 ? [] : includes.toReversed()) {
    files.push(...await readConfigFile(resolve(dirname(path), included), depth - 1, seen));
  }
  return files;
}

/** The text of a file; undefined where it cannot be read: what is wrong with it cargo says itself. */
async function readText(path: string): Promise<string | undefined> {
  const found = await Deno.stat(path).catch(() => undefined);
  // A link may lead to a device, which never ends.
  if (found?.isFile !== true) return undefined;
  if (found.size > TOML_LIMIT) {
    throw new KrustError("config-invalid", `${path}: it is larger than ${TOML_LIMIT} bytes`);
  }
  return await Deno.readTextFile(path).catch(() => undefined);
}

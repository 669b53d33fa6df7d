// TOML in, behind smol-toml. No error ever quotes the text: the files that krust reads as TOML may hold
// passwords.
import { parse, TomlError } from "smol-toml";
import { KrustError } from "./error.ts";
import { formatPlace } from "./position.ts";
import { TOML_DEPTH_LIMIT, TOML_LIMIT } from "./toml_keys.ts";

/**
 * Reads a TOML document; tables have no prototype, integers beyond 2^53 come as bigint.
 *
 * The library's own message and code frame are left out on purpose: they repeat lines of the text.
 *
 * @param path names the file in the error.
 * @throws {KrustError} `config-invalid` as `path:line:column: reason`.
 */
export function parseToml(text: string, path: string): Readonly<Record<string, unknown>> {
  if (text.length > TOML_LIMIT) {
    throw new KrustError("config-invalid", `${path}: it is larger than ${TOML_LIMIT} characters`);
  }
  try {
    return parse(text, { integersAsBigInt: "asNeeded", maxDepth: TOML_DEPTH_LIMIT });
  } catch (error) {
    if (!(error instanceof TomlError)) {
      throw new KrustError("config-invalid", `${path}: it is not TOML`);
    }
    const reason = /^Invalid TOML document: (.*)/.exec(error.message)?.[1] ?? "it is not TOML";
    throw new KrustError("config-invalid", `${formatPlace(path, error)}: ${reason}`, {
      details: { path, line: String(error.line), column: String(error.column) },
    });
  }
}

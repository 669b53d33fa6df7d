// What the user's config.toml says. It is trusted, so it may name credentials, registries without TLS
// and linkers (spec.md "Configuration").
import { dirname, isAbsolute, join } from "node:path";
import { parseToml } from "../core/toml.ts";
import { locateKey } from "../core/toml_keys.ts";
import { type Document, faultAt, openSection } from "./document.ts";
import { openSettings } from "./document_layer.ts";
import { DEFAULT_ORIGIN, type Given, type Sourced } from "./layer.ts";
import {
  type Fault,
  readArguments,
  readFlag,
  readList,
  readPlatform,
  readRegistryHost,
  readTable,
  readText,
} from "./reader.ts";
import {
  NO_USER_CONFIG,
  type PlatformSettings,
  type RegistrySettings,
  type UserConfig,
} from "./user_settings.ts";

/**
 * Reads the text of a config.toml.
 *
 * @throws {KrustError} `config-invalid` as `path:line:column: …`.
 */
export function parseUserConfig(text: string, path: string): UserConfig {
  const document: Document = {
    path,
    origin: { kind: "file", label: path },
    locate: (keyPath) => locateKey(text, keyPath),
  };
  const { section, layer } = openSettings(document, parseToml(text, path), {
    refuse: (scope) => scope === "run" ? "it is for the command line alone" : undefined,
  });
  const build = section.find("build");
  const cargoArgs = build === undefined
    ? undefined
    : openSection(document, ["build"], build.raw, { names: ["cargo-args"] })
      .read("cargo-args", readArguments);
  return {
    path,
    layer,
    defaultRegistry: sourced(document, section.read("default-registry", readRegistryHost)),
    cargoArgs: cargoArgs === undefined
      ? NO_USER_CONFIG.cargoArgs
      : { value: cargoArgs, origin: document.origin },
    registries: readTables(document, "registries", section.find("registries"), registryAt),
    platforms: readTables(document, "platforms", section.find("platforms"), platformAt),
  };
}

function sourced<Value>(document: Document, value: Value): Sourced<Value> {
  return { value, origin: value === undefined ? DEFAULT_ORIGIN : document.origin };
}

/** Makes a value of the table that stands under a key; the key's own fault goes with it. */
type TableReader<Value> = (
  document: Document,
  keyPath: readonly string[],
  raw: unknown,
  fault: Fault,
) => readonly [id: string, Value];

/** Reads a table of tables, no two of which may be the same thing in other words. */
function readTables<Value>(
  document: Document,
  name: string,
  given: Given | undefined,
  readOne: TableReader<Value>,
): readonly Value[] {
  if (given === undefined) return [];
  const values = new Map<string, Value>();
  for (const [key, raw] of Object.entries(readTable(given.raw, given.fault))) {
    const keyPath = [name, key];
    const fault = faultAt(document, keyPath);
    const [id, value] = readOne(document, keyPath, raw, fault);
    if (values.has(id)) throw fault(`"${id}" has a table already`);
    values.set(id, value);
  }
  return [...values.values()];
}

const registryAt: TableReader<RegistrySettings> = (document, keyPath, raw, fault) => {
  const host = readRegistryHost(keyPath.at(-1), fault);
  const section = openSection(document, keyPath, raw, {
    names: ["username", "password", "insecure", "ca", "client-cert", "client-key", "mirrors"],
  });
  const username = section.read("username", readText);
  const password = section.read("password", readText);
  if ((username === undefined) !== (password === undefined)) {
    throw fault("username and password stand together or not at all");
  }
  const file = (key: string): string | undefined => {
    const path = section.read(key, readText);
    return path === undefined || isAbsolute(path) ? path : join(dirname(document.path), path);
  };
  const [clientCert, clientKey] = [file("client-cert"), file("client-key")];
  if ((clientCert === undefined) !== (clientKey === undefined)) {
    throw fault("client_cert and client_key stand together or not at all");
  }
  return [host, {
    host,
    username,
    password,
    insecure: section.read("insecure", readFlag) ?? false,
    ca: file("ca"),
    clientCert,
    clientKey,
    mirrors: section.read("mirrors", readList(readRegistryHost)) ?? [],
  }];
};

const platformAt: TableReader<PlatformSettings> = (document, keyPath, raw, fault) => {
  const platform = readPlatform(keyPath.at(-1), fault);
  if (platform === "all" || platform === "host") {
    throw fault("a table is for one platform by its name");
  }
  const section = openSection(document, keyPath, raw, { names: ["linker", "rustflags", "base"] });
  return [platform, {
    platform,
    linker: section.read("linker", readText),
    rustflags: section.read("rustflags", readRustflags) ?? [],
    base: section.read("base", readText),
  }];
};

/** As cargo's own configuration has them: a list, or one text cut at its blanks. */
function readRustflags(raw: unknown, fault: Fault): readonly string[] {
  return typeof raw === "string"
    ? raw.split(/\s+/).filter((part) => part !== "")
    : readArguments(raw, fault);
}

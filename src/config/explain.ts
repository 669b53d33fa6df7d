// What is configured, for people: each value in force and where it came from. No secret gets out.
import type { Setting } from "./setting.ts";
import { SETTING_NAMES, SETTINGS } from "./settings.ts";
import type { PlatformSettings, RegistrySettings } from "./user_settings.ts";
import type { Settings } from "./resolve_settings.ts";

/** One line of `config show`. */
export interface ExplainedSetting {
  /** Its key as a file has it: `oci-layout`, `registries."ghcr.io".password`. */
  readonly key: string;
  /** Its value; empty where there is none, `***` for a password. */
  readonly value: string;
  /** Where it was set: `--repo`, `KRUST_REPO`, `Cargo.toml [package.metadata.krust]`, a path, `default`. */
  readonly origin: string;
}

/** Every setting in force, those of the table first, then what only the user's file can hold. */
export function explainSettings(settings: Settings): readonly ExplainedSetting[] {
  const { defaultRegistry, cargoArgs } = settings;
  const origin = settings.configPath ?? "";
  return [
    ...SETTING_NAMES.map((name) => {
      const setting: Setting<unknown> = SETTINGS[name];
      const { value, origin: { label } } = settings[name];
      return { key: setting.key, value: formatValue(value), origin: label };
    }),
    {
      key: "default_registry",
      value: formatValue(defaultRegistry.value),
      origin: defaultRegistry.origin.label,
    },
    {
      key: "build.cargo_args",
      value: formatValue(cargoArgs.value),
      origin: cargoArgs.origin.label,
    },
    ...[...settings.registries.flatMap(registryRows), ...settings.platforms.flatMap(platformRows)]
      .map((row) => ({ ...row, origin })),
  ];
}

type Row = Omit<ExplainedSetting, "origin">;

function registryRows(registry: RegistrySettings): readonly Row[] {
  const { username, password, insecure, ca, clientCert, clientKey, mirrors } = registry;
  return rows(`registries."${registry.host}"`, {
    username,
    password: password === undefined ? undefined : "***",
    insecure: insecure || undefined,
    ca,
    client_cert: clientCert,
    client_key: clientKey,
    mirrors,
  });
}

function platformRows({ platform, linker, rustflags, base }: PlatformSettings): readonly Row[] {
  return rows(`platforms."${platform}"`, { linker, rustflags, base });
}

/** A row for each value that is set. */
function rows(table: string, values: Readonly<Record<string, unknown>>): readonly Row[] {
  return Object.entries(values)
    .map(([key, value]) => ({ key: `${table}.${key}`, value: formatValue(value) }))
    .filter(({ value }) => value !== "");
}

/** A value as one would write it on the command line. */
function formatValue(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "string") return hideUserInformation(value);
  if (Array.isArray(value)) {
    return value.map((item) => /[\s"]/.test(item) ? JSON.stringify(item) : item).join(" ");
  }
  if (value !== null && typeof value === "object") {
    return formatValue(Object.entries(value).map(([key, text]) => `${key}=${text}`));
  }
  return String(value);
}

/** References with `user:password@` are refused when they are used; here they may still stand. */
function hideUserInformation(text: string): string {
  return text.replace(/^[^/@]*:[^@]*@(?!sha256:|sha512:)/, "***@");
}

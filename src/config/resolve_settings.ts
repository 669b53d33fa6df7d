// Brings the layers together: flags, environment, the package's and the workspace's metadata, the
// user's file, defaults (spec.md "Configuration"). Every value keeps its origin.
import {
  DEFAULT_ORIGIN,
  envLayer,
  flagLayer,
  type Given,
  type Layer,
  type Sourced,
} from "./layer.ts";
import type { Setting } from "./setting.ts";
import {
  CONTRADICTIONS,
  SETTING_NAMES,
  type SettingName,
  SETTINGS,
  type SettingValues,
} from "./settings.ts";
import type { PlatformSettings, RegistrySettings, UserConfig } from "./user_settings.ts";
import type { Environment } from "./xdg.ts";

/** Where settings come from. */
export interface SettingsInputs {
  /** The options that were given on the command line, as commander names them. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** The environment. */
  readonly env: Environment;
  /** The tables of the binary that is the entrypoint, `[package.metadata.krust.bin.NAME]` first. */
  readonly bins?: readonly Layer[];
  /** `[package.metadata.krust]`. */
  readonly package?: Layer | undefined;
  /** `[workspace.metadata.krust]`. */
  readonly workspace?: Layer | undefined;
  /** The user's file. */
  readonly file: UserConfig;
}

/** The value in force of every setting of the table. */
export type TableSettings = {
  readonly [Name in SettingName]: Sourced<SettingValues[Name]>;
};

/** All that is configured. */
export interface Settings extends TableSettings {
  /** The user's file; undefined where there is none. */
  readonly configPath: string | undefined;
  /** The registry of repositories without one. */
  readonly defaultRegistry: Sourced<string | undefined>;
  /** Arguments for cargo that stand before those of the command line. */
  readonly cargoArgs: Sourced<readonly string[]>;
  /** What the user's file says of single registries. */
  readonly registries: readonly RegistrySettings[];
  /** What the user's file says of single platforms. */
  readonly platforms: readonly PlatformSettings[];
}

/**
 * The settings in force.
 *
 * @throws {KrustError} `usage` for flags, `config-invalid` for the rest, `platform-unknown` for a
 * platform among the flags.
 */
export function resolveSettings(inputs: SettingsInputs): Settings {
  const { flags, env, bins = [], package: ofPackage, workspace, file } = inputs;
  const layers = [flagLayer(flags), envLayer(env), ...bins, ofPackage, workspace, file.layer]
    .filter((layer) => layer !== undefined);
  const voided = voidedSettings(layers);
  const values = SETTING_NAMES.map((name) => [
    name,
    resolveOne<unknown>(
      SETTINGS[name],
      voided.has(name)
        ? []
        : layers.map((layer) => layer(name)).filter((given) => given !== undefined),
    ),
  ]);
  return {
    // Each value was read by its own setting's reader; fromEntries cannot tell keys apart.
    ...Object.fromEntries(values) as TableSettings,
    configPath: file.path,
    defaultRegistry: file.defaultRegistry,
    cargoArgs: file.cargoArgs,
    registries: file.registries,
    platforms: file.platforms,
  };
}

function resolveOne<Value>(setting: Setting<Value>, given: readonly Given[]): Sourced<Value> {
  const counted = setting.merge === undefined ? given.slice(0, 1) : given;
  const [first, ...lower] = counted.map(({ raw, origin, fault }) => ({
    value: setting.read(raw, fault),
    origin,
  }));
  if (first === undefined) return { value: setting.default, origin: DEFAULT_ORIGIN };
  return lower.reduce((sofar, { value, origin }) => ({
    value: setting.merge?.(sofar.value, value) ?? sofar.value,
    origin: { ...sofar.origin, label: `${sofar.origin.label}, ${origin.label}` },
  }), first);
}

/**
 * The settings that a contradicting one of a higher layer makes void.
 *
 * @throws {KrustError} where both are set in the same layer.
 */
function voidedSettings(layers: readonly Layer[]): ReadonlySet<SettingName> {
  const voided = new Set<SettingName>();
  for (const [one, other] of CONTRADICTIONS) {
    const left = topmost(layers, one);
    const right = topmost(layers, other);
    if (left === undefined || right === undefined) continue;
    if (left.height === right.height) {
      const dashes = left.given.origin.kind === "flag" ? "--" : "";
      throw left.given.fault(`it contradicts ${dashes}${SETTINGS[other].key}`);
    }
    voided.add(left.height < right.height ? other : one);
  }
  return voided;
}

/** The highest layer that sets `name`, 0 being the top; undefined where what it sets is "off". */
function topmost(
  layers: readonly Layer[],
  name: SettingName,
): { readonly height: number; readonly given: Given } | undefined {
  for (const [height, layer] of layers.entries()) {
    const given = layer(name);
    if (given === undefined) continue;
    const off = given.raw === false || (Array.isArray(given.raw) && given.raw.length === 0);
    return off ? undefined : { height, given };
  }
  return undefined;
}

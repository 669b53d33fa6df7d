// A document as a layer of settings. Its values are all read when it is opened, so that what is wrong
// in it is found even where a higher layer would hide it.
import { type Document, openSection, type Section } from "./document.ts";
import type { Layer } from "./layer.ts";
import type { Scope } from "./setting.ts";
import { SETTING_NAMES, SETTINGS } from "./settings.ts";

/** What the user's file may hold beside settings. */
const FILE_KEYS = ["default-registry", "build", "registries", "platforms"] as const;

/** How a document is opened. */
export interface SettingsRules {
  /** Why a setting of this scope, or one of the further keys (`file`), must not stand there. */
  readonly refuse: (scope: Scope | "file") => string | undefined;
}

/** A document's table of settings. */
export interface OpenedSettings {
  /** The settings in it. */
  readonly layer: Layer;
  /** The whole table. */
  readonly section: Section;
}

const NAMES_BY_KEY = new Map(SETTING_NAMES.map((name) => [SETTINGS[name].key, name]));

const ALIASES = new Map(
  SETTING_NAMES.flatMap((name) => {
    const { key, aliases = [] } = SETTINGS[name];
    return aliases.map((alias) => [alias, key] as const);
  }),
);

/**
 * Opens the table of settings that a document holds.
 *
 * @throws {KrustError} `config-invalid` for a key that is unknown or refused, and for a value that
 * does not do.
 */
export function openSettings(
  document: Document,
  table: unknown,
  rules: SettingsRules,
): OpenedSettings {
  const section = openSection(document, [], table, {
    names: [...NAMES_BY_KEY.keys(), ...FILE_KEYS],
    aliases: ALIASES,
    refuse(key) {
      const name = NAMES_BY_KEY.get(key);
      return rules.refuse(name === undefined ? "file" : SETTINGS[name].scope);
    },
  });
  for (const [key, name] of NAMES_BY_KEY) section.read<unknown>(key, SETTINGS[name].read);
  return { layer: (name) => section.find(SETTINGS[name].key), section };
}

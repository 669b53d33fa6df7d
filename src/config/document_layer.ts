// A document as a layer of settings. Its values are all read when it is opened, so that what is wrong
// in it is found even where a higher layer would hide it.
import { type Document, openSection, type Section } from "./document.ts";
import type { Layer } from "./layer.ts";
import type { Group, Scope } from "./setting.ts";
import { SETTING_NAMES, type SettingName, SETTINGS } from "./settings.ts";

/** What the user's file may hold beside settings. */
const FILE_KEYS = ["default-registry", "build", "registries", "platforms"] as const;

/** How a document is opened. */
export interface SettingsRules {
  /** Why a setting of this scope and group, or one of the further keys (`file`), must not stand there. */
  readonly refuse: (scope: Scope | "file", group?: Group) => string | undefined;
  /** Where the table stands in the document; at its top if not given. */
  readonly at?: readonly string[];
  /** The faults of values that are well-formed, and yet must not stand there. */
  readonly check?: (name: SettingName, value: unknown) => string | undefined;
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
  const section = openSection(document, rules.at ?? [], table, {
    names: [...NAMES_BY_KEY.keys(), ...FILE_KEYS],
    aliases: ALIASES,
    refuse(key) {
      const name = NAMES_BY_KEY.get(key);
      if (name === undefined) return rules.refuse("file");
      const { scope, group } = SETTINGS[name];
      return rules.refuse(scope, group);
    },
  });
  for (const [key, name] of NAMES_BY_KEY) {
    section.read<unknown>(key, (raw, fault) => {
      const value: unknown = SETTINGS[name].read(raw, fault);
      const reason = rules.check?.(name, value);
      if (reason !== undefined) throw fault(reason);
    });
  }
  return { layer: (name) => section.find(SETTINGS[name].key), section };
}

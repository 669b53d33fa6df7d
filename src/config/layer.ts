// Layers: the places that settings come from, one above the other. A layer gives raw values; each
// knows its origin and how to speak of itself in an error.
import { KrustError } from "../core/error.ts";
import type { Fault } from "./reader.ts";
import { type SettingName, SETTINGS } from "./settings.ts";
import { type Environment, valueOf } from "./xdg.ts";

/** The layers, the highest first; `bin` is a binary's own table in Cargo.toml. */
const LAYERS = ["flag", "env", "bin", "package", "workspace", "file", "default"] as const;

/** How far away a value was set: 0 on the command line. */
export function layerRank({ kind }: Origin): number {
  return LAYERS.indexOf(kind);
}

/** Where a value was set. */
export interface Origin {
  /** Which layer. */
  readonly kind: (typeof LAYERS)[number];
  /** For people: `--repo`, `KRUST_REPO`, `Cargo.toml [package.metadata.krust]`, the file's path. */
  readonly label: string;
  /** In a project: the folder of the Cargo.toml, absolute, which its paths are relative to. */
  readonly folder?: string;
}

/** The origin of what nobody set. */
export const DEFAULT_ORIGIN: Origin = { kind: "default", label: "default" };

/** A value with its origin. */
export interface Sourced<Value> {
  /** What is in force. */
  readonly value: Value;
  /** Where it was set. */
  readonly origin: Origin;
}

/** A raw value as a layer holds it. */
export interface Given {
  /** As it was found, for the setting's reader. */
  readonly raw: unknown;
  /** Where it was found. */
  readonly origin: Origin;
  /** Makes the error where it will not do. */
  readonly fault: Fault;
}

/** What a layer holds for a setting; undefined where it leaves it open. */
export type Layer = (name: SettingName) => Given | undefined;

/**
 * What commander parsed, of which only the options that were given may stand in `flags`: by their
 * names in camelCase, `--no-push` as `push: false`. Names that are no settings are passed over.
 */
export function flagLayer(flags: Readonly<Record<string, unknown>>): Layer {
  return (name) => {
    const { key } = SETTINGS[name];
    const raw = Object.hasOwn(flags, name) ? flags[name] : negated(flags, key);
    if (raw === undefined) return undefined;
    const label = `--${key}`;
    // What is wrong with a platform has a code of its own.
    const fault: Fault = (reason, cause) =>
      cause instanceof KrustError ? cause : new KrustError("usage", `${label}: ${reason}`);
    return { raw, origin: { kind: "flag", label }, fault };
  };
}

function negated(flags: Readonly<Record<string, unknown>>, key: string): boolean | undefined {
  if (!key.startsWith("no-")) return undefined;
  const positive = key.slice(3).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.hasOwn(flags, positive) && flags[positive] === false ? true : undefined;
}

/** Environment variables; one that is blank counts as unset. */
export function envLayer(env: Environment): Layer {
  return (name) => {
    const { env: variable } = SETTINGS[name];
    const raw = variable === undefined ? undefined : valueOf(env, variable);
    if (variable === undefined || raw === undefined) return undefined;
    const fault: Fault = (reason) => new KrustError("config-invalid", `${variable}: ${reason}`);
    return { raw, origin: { kind: "env", label: variable }, fault };
  };
}

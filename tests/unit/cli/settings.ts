// Settings for the tests of the command line, resolved as krust resolves them.
import type { Layer } from "../../../src/config/layer.ts";
import { parseProjectMetadata } from "../../../src/config/project_metadata.ts";
import { resolveSettings, type Settings } from "../../../src/config/resolve_settings.ts";
import { parseUserConfig } from "../../../src/config/user_config.ts";
import { NO_USER_CONFIG } from "../../../src/config/user_settings.ts";

/** Where settings are set. */
export interface Given {
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** `[package.metadata.krust]`. */
  readonly project?: Readonly<Record<string, unknown>>;
  /** The text of config.toml. */
  readonly file?: string;
}

/** The settings in force. */
export function settingsOf({ flags = {}, env = {}, project, file }: Given = {}): Settings {
  return resolveSettings({
    flags,
    env: (name) => env[name],
    package: project === undefined ? undefined : packageLayer(project),
    file: file === undefined ? NO_USER_CONFIG : parseUserConfig(file, "/config.toml"),
  });
}

function packageLayer(project: Readonly<Record<string, unknown>>): Layer {
  return parseProjectMetadata("package", { path: "/Cargo.toml", text: "" }, project);
}

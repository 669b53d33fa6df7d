// What the user's file may say and nothing heeds yet: better told than silently passed over.
import type { Settings } from "../config/resolve_settings.ts";

/** A warning for each such value. */
export function unusedSettings(
  { platforms, configPath }: Pick<Settings, "platforms" | "configPath">,
): readonly string[] {
  const keys = platforms.flatMap(({ platform, base }) =>
    base === undefined ? [] : [`platforms."${platform}".base`]
  );
  return keys.map((key) => `${configPath ?? "config.toml"}: ${key} is not used yet`);
}

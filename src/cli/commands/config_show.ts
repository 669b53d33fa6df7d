// `krust config show`: each setting in force and where it came from.
import { explainSettings } from "../../config/explain.ts";
import type { Settings } from "../../config/resolve_settings.ts";
import { KrustError } from "../../core/error.ts";
import { loadProject, openSettings } from "../load_project.ts";
import { writeResult } from "../output.ts";
import type { BuildArguments, Context } from "../program.ts";

/**
 * Prints the settings; outside a project, those without a project's own.
 *
 * @throws {KrustError} `usage`, `config-invalid`.
 */
export async function showConfig(given: BuildArguments, context: Context): Promise<number> {
  const opening = await openSettings(given, context);
  using report = opening.report;
  let settings: Settings = opening.settings;
  try {
    settings = (await loadProject(given, opening, context)).settings;
  } catch (error) {
    if (!(error instanceof KrustError) || error.code === "config-invalid") throw error;
    report.warn(`the project's own settings are left out: ${error.message}`);
  }
  const rows = explainSettings(settings);
  const width = (column: "key" | "value"): number =>
    Math.max(...rows.map((row) => row[column].length));
  const [keys, values] = [width("key"), Math.min(width("value"), 60)];
  const lines = rows.map(({ key, value, origin }) =>
    `${key.padEnd(keys)}  ${value.padEnd(values)}  ${origin}\n`
  );
  report[Symbol.dispose]();
  writeResult(context.host, lines.join(""));
  return 0;
}

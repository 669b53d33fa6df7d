// `krust config show`: each setting in force and where it came from.
import { type ExplainedSetting, explainSettings } from "../../config/explain.ts";
import type { Settings } from "../../config/resolve_settings.ts";
import { KrustError } from "../../core/error.ts";
import { printable } from "../../core/printable.ts";
import type { BuildArguments } from "../build_options.ts";
import { loadProject } from "../load_project.ts";
import { writeResult } from "../output.ts";
import type { Context } from "../program.ts";
import { openSession } from "../session.ts";

/**
 * Prints the settings; outside a project, those without a project's own.
 *
 * @throws {KrustError} `usage`, `config-invalid`.
 */
export async function showConfig(given: BuildArguments, context: Context): Promise<number> {
  const settings = await settingsInForce(given, context);
  const rows = explainSettings(settings).map(printableRow);
  await writeResult(context.host, formatRows(rows), { signal: context.signal });
  return 0;
}

async function settingsInForce(given: BuildArguments, context: Context): Promise<Settings> {
  await using session = await openSession(given, context);
  const { report, signal } = session;
  try {
    return (await loadProject(given, session, { signal })).settings;
  } catch (error) {
    signal.throwIfAborted();
    const project = error instanceof KrustError && PROJECT_CODES.has(error.code);
    if (!project) throw error;
    report.warn(`the project's own settings are left out: ${error.message}`);
    return session.settings;
  }
}

/** Failures that mean that there is no project here, that it cannot be asked, or which one is not clear. */
const PROJECT_CODES: ReadonlySet<string> = new Set(["project-invalid", "cargo-not-found", "usage"]);

/** A row fit for a terminal: a project's Cargo.toml is as little to be trusted as any text of others. */
function printableRow({ key, value, origin }: ExplainedSetting): ExplainedSetting {
  const clean = (text: string): string => printable(text, Infinity);
  return { key: clean(key), value: clean(value), origin: clean(origin) };
}

/** The widest value that others are lined up with. */
const VALUE_COLUMNS = 60;

function formatRows(rows: readonly ExplainedSetting[]): string {
  const width = (column: "key" | "value"): number =>
    Math.max(...rows.map((row) => row[column].length));
  const [keys, values] = [width("key"), Math.min(width("value"), VALUE_COLUMNS)];
  return rows.map(({ key, value, origin }) =>
    `${key.padEnd(keys)}  ${value.padEnd(values)}  ${origin}\n`
  ).join("");
}

// The declaration of `doctor`.
import { Argument, type Command, Option } from "commander";
import { SETTING_NAMES, type SettingName, SETTINGS } from "../config/settings.ts";
import { declareSettings } from "./build_options.ts";
import type { MakeCommand } from "./credential_commands.ts";
import type { Run } from "./program.ts";

/** Settings beside those of what is built, on which it depends whether a build goes through. */
const FURTHER: ReadonlySet<SettingName> = new Set<SettingName>([
  ...["image", "repo", "bare", "nameTemplate", "noPush", "local", "base"] as const,
  ...["noCache", "offline", "cacheSize", "insecureRegistry", "progress", "verbose"] as const,
]);

const DOCTOR_SETTINGS = SETTING_NAMES.filter((name) =>
  SETTINGS[name].group === "What to build" || FURTHER.has(name)
);

/**
 * Declares `doctor`; `choose` gets it where it was chosen.
 *
 * @param rest what follows `--`, which the parser never sees.
 */
export function declareDoctorCommand(
  program: Command,
  rest: readonly string[],
  child: MakeCommand,
  choose: (run: Run) => void,
): void {
  const doctor = child(program, "doctor", "Check whether a build would go through here");
  const shown = [
    new Argument(
      "[DIRECTORY]",
      "Path to the Rust project directory (defaults to current directory)",
    ),
    new Argument("[CARGO_ARGS...]", "Additional cargo build arguments"),
  ];
  doctor.usage("[OPTIONS] [DIRECTORY] [-- <CARGO_ARGS>...]")
    .argument("[DIRECTORY]")
    .configureHelp({ ...doctor.configureHelp(), visibleArguments: () => shown });
  const settings = declareSettings(doctor, DOCTOR_SETTINGS);
  doctor
    .addOption(new Option("--json", "Print one JSON object").helpGroup("How:"))
    .addOption(
      new Option("--fix", "Run what is safe: add targets, make the cache's folder, prune it")
        .helpGroup("How:"),
    );
  doctor.action((directory: string | undefined) => {
    const { json = false, fix = false } = doctor.opts<{
      readonly json?: boolean;
      readonly fix?: boolean;
    }>();
    const given = { directory, cargoArgs: rest, flags: settings(), json, fix };
    choose(async (context) => (await import("./commands/doctor.ts")).doctor(given, context));
  });
}

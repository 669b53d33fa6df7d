// The arguments and options of `build` and its kin, declared from the one table of settings.
import { Argument, type Command, Option } from "commander";
import { helpLine, type Setting } from "../config/setting.ts";
import { SETTING_NAMES, type SettingName, SETTINGS } from "../config/settings.ts";
import { KrustError } from "../core/error.ts";

/** What `build` and its kin were given. */
export interface BuildArguments {
  /** The project's directory, as given. */
  readonly directory: string;
  /** What follows `--`. */
  readonly cargoArgs: readonly string[];
  /** The settings that were given as flags, by name. */
  readonly flags: Readonly<Record<string, unknown>>;
}

type DeclaredSetting = Pick<Setting<unknown>, "flags" | "help" | "kind" | "group" | "default">;

/** Options of the mission's CLI reference, which the help lists first. */
const FOREMOST: readonly string[] = ["image", "platform", "noPush", "repo", "verbose"];

const SHOWN_ARGUMENTS: readonly Argument[] = [
  new Argument("[DIRECTORY]", "Path to the Rust project directory (defaults to current directory)"),
  new Argument("[CARGO_ARGS...]", "Additional cargo build arguments"),
];

/**
 * Declares the arguments and options of `build`; `choose` gets what was given.
 *
 * @param rest what follows `--`, which the parser never sees.
 */
export function declareBuildOptions(
  command: Command,
  rest: readonly string[],
  choose: (given: BuildArguments) => void,
): void {
  command
    .usage("[OPTIONS] [DIRECTORY] [-- <CARGO_ARGS>...]")
    .argument("[DIRECTORY]")
    .configureHelp({ ...command.configureHelp(), visibleArguments: () => [...SHOWN_ARGUMENTS] });
  const flags = declareSettings(command, SETTING_NAMES);
  command.action((directory: string = ".") =>
    choose({ directory, cargoArgs: rest, flags: flags() })
  );
}

/**
 * Declares settings of the table as options of a command.
 *
 * @returns a function that gives those that were given, by name, once the command is parsed.
 */
export function declareSettings(
  command: Command,
  names: readonly SettingName[],
): () => BuildArguments["flags"] {
  const options = names
    .toSorted((left, right) => rank(left) - rank(right))
    .map((name) => ({ name, option: optionOf(name, SETTINGS[name]) }));
  for (const { option } of options) command.addOption(option);
  return () =>
    Object.fromEntries(
      options.flatMap(({ name, option }) =>
        givenValue(command, option).map((value) => [name, value] as const)
      ),
    );
}

function rank(name: string): number {
  const index = FOREMOST.indexOf(name);
  return index === -1 ? FOREMOST.length : index;
}

function optionOf(name: string, setting: DeclaredSetting): Option {
  const option = new Option(setting.flags, helpLine(setting))
    .helpGroup(FOREMOST.includes(name) ? "Options:" : `${setting.group}:`);
  switch (setting.kind) {
    case "flag":
      return option;
    case "text":
      return option.argParser((value: string, before: string | undefined) => {
        if (before === undefined) return value;
        // The value is not repeated: it may hold a password that does not belong there.
        throw new KrustError("usage", `${option.long} is given twice`, { help: ["give it once"] });
      });
    case "list":
    case "pairs":
      return option.argParser((value: string, before: readonly string[] = []) => [
        ...before,
        value,
      ]);
  }
}

/** The value that an option was given, here or, for `-v`, before the command; none where it was not. */
function givenValue(command: Command, option: Option): readonly unknown[] {
  const name = option.attributeName();
  for (let at: Command | null = command; at !== null; at = at.parent) {
    if (at.getOptionValueSource(name) !== "cli") continue;
    return [option.negate ? true : at.getOptionValue(name)];
  }
  return [];
}

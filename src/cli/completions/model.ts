// What completion scripts are written from: commands, options and their values, as plain data. Every
// name and word in it is krust's own and has no character that a shell would take for its syntax.

/** The shells that scripts are written for. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

/** One of {@linkcode SHELLS}. */
export type Shell = typeof SHELLS[number];

/** What completes a value: nothing, anything that nobody can guess, paths, or one of some words. */
export type ValueKind = "none" | "any" | "file" | "directory" | readonly string[];

/** An option. */
export interface OptionModel {
  /** `--image`. */
  readonly long: string;
  /** `-i`, where it has a short form. */
  readonly short?: string;
  /** What its value may be. */
  readonly value: ValueKind;
  /** One line about it. */
  readonly help: string;
}

/** A command. */
export interface CommandModel {
  /** Its name; the program's at the root. */
  readonly name: string;
  /** One line about it. */
  readonly help: string;
  /** Its options. */
  readonly options: readonly OptionModel[];
  /** Its subcommands. */
  readonly commands: readonly CommandModel[];
  /** What its arguments may be. */
  readonly argument: ValueKind;
}

/** A command with the words that lead to it: `["krust", "config", "show"]`. */
export interface LocatedCommand {
  /** The program's name and those of the commands. */
  readonly path: readonly string[];
  /** The command. */
  readonly command: CommandModel;
}

/** A command and all below it. */
export function locateCommands(
  command: CommandModel,
  above: readonly string[] = [],
): readonly LocatedCommand[] {
  const path = [...above, command.name];
  return [
    { path, command },
    ...command.commands.flatMap((child) => locateCommands(child, path)),
  ];
}

/** The spellings of an option, the short one first. */
export function flagsOf({ long, short }: OptionModel): readonly string[] {
  return short === undefined ? [long] : [short, long];
}

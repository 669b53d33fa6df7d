// Completion for fish: one `complete` for each thing that can be written, with the condition for it.
import { type CommandModel, locateCommands, type OptionModel, type ValueKind } from "./model.ts";

/** The script. */
export function fishCompletion(program: CommandModel): string {
  const lines = locateCommands(program).flatMap(({ path, command }) => {
    const start = `complete -c krust -n '${condition(path.slice(1), command)}'`;
    return [
      `${start} -f${suggestions(command.argument)}`,
      ...command.commands.map((child) => `${start} -a ${child.name} -d ${quoted(child.help)}`),
      ...command.options.map((option) => `${start}${flags(option)} -d ${quoted(option.help)}`),
    ];
  });
  return `# fish completion for krust; load it with: krust completions fish | source\n${
    lines.join("\n")
  }\n`;
}

/** Holds where the words of a command were typed, and none of its subcommands'. */
function condition(words: readonly string[], { commands }: CommandModel): string {
  if (words.length === 0) return "__fish_use_subcommand";
  return [
    ...words.map((word) => `__fish_seen_subcommand_from ${word}`),
    ...(commands.length === 0
      ? []
      : [`not __fish_seen_subcommand_from ${commands.map(({ name }) => name).join(" ")}`]),
  ].join("; and ");
}

function flags({ long, short, value }: OptionModel): string {
  const names = ` -l ${long.slice(2)}${short === undefined ? "" : ` -s ${short.slice(1)}`}`;
  if (value === "none") return names;
  return value === "file" ? `${names} -r -F` : `${names} -x${suggestions(value)}`;
}

function suggestions(value: ValueKind): string {
  if (value === "directory") return " -a '(__fish_complete_directories)'";
  return typeof value === "string" ? "" : ` -a '${value.join(" ")}'`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

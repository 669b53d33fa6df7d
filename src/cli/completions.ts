// Completion scripts, written from the same declarations as the help. They are static: pressing TAB
// runs no program and evaluates nothing that was typed.
import { KrustError } from "../core/error.ts";

/** What completes an option's value. */
export type ValueKind = "none" | "any" | "file" | "directory" | readonly string[];

/** An option as completions know it. */
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

/** A command as completions know it. */
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

/** The shells that scripts are written for. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

/** One of {@linkcode SHELLS}. */
export type Shell = typeof SHELLS[number];

/**
 * The completion script for a shell.
 *
 * @throws {KrustError} `usage` for a shell that is not known.
 */
export function completionScript(shell: string, program: CommandModel): string {
  const writer = { bash, zsh, fish, powershell }[shell];
  if (writer !== undefined) return writer(program);
  throw new KrustError("usage", `no completions for the shell "${shell.slice(0, 40)}"`, {
    help: [`there are some for ${SHELLS.join(", ")}`],
  });
}

/** A command with the words that lead to it: `["config", "show"]`. */
interface Located {
  readonly words: readonly string[];
  readonly command: CommandModel;
}

function located(command: CommandModel, words: readonly string[] = []): readonly Located[] {
  return [
    { words, command },
    ...command.commands.flatMap((child) => located(child, [...words, child.name])),
  ];
}

function flagsOf({ options }: CommandModel): readonly string[] {
  return options.flatMap(({ long, short }) => short === undefined ? [long] : [short, long]);
}

function bash(program: CommandModel): string {
  const cases = located(program).map(({ words, command }) => {
    const path = ["krust", ...words].join(" ");
    const values = command.options.flatMap((option) => {
      const reply = bashReply(option.value);
      if (reply === undefined) return [];
      const names = option.short === undefined ? option.long : `${option.short}|${option.long}`;
      return [`          ${names}) ${reply}; return ;;`];
    });
    const offered = [...command.commands.map(({ name }) => name), ...flagsOf(command)].join(" ");
    const argument = bashReply(command.argument);
    return `    "${path}")
      case "$previous" in
${[...values, "          *) ;;"].join("\n")}
      esac
      if [[ "$current" == -* || ${argument === undefined ? "1 -eq 1" : "1 -eq 0"} ]]; then
        COMPREPLY=($(compgen -W "${offered}" -- "$current"))
      else
        ${argument ?? ":"}
      fi ;;`;
  });
  return `# bash completion for krust; load it with: source <(krust completions bash)
_krust() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="krust" word index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    [[ "$word" == "--" ]] && return
    case "$path $word" in
${
    located(program).slice(1).map(({ words }) =>
      `      "${["krust", ...words].join(" ")}") path="$path $word" ;;`
    )
      .join("\n")
  }
    esac
  done
  COMPREPLY=()
  case "$path" in
${cases.join("\n")}
  esac
}
complete -o bashdefault -o default -F _krust krust
`;
}

function bashReply(value: ValueKind): string | undefined {
  switch (value) {
    case "none":
      return undefined;
    case "any":
      return "COMPREPLY=()";
    case "file":
      return 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$current"))';
    case "directory":
      return 'compopt -o filenames; COMPREPLY=($(compgen -d -- "$current"))';
    default:
      return `COMPREPLY=($(compgen -W "${value.join(" ")}" -- "$current"))`;
  }
}

function zsh(program: CommandModel): string {
  const functions = located(program).map(({ words, command }) => {
    const name = ["_krust", ...words].join("_");
    const options = command.options.flatMap(({ long, short, value, help }) =>
      [long, ...(short === undefined ? [] : [short])].map((flag) =>
        `    '*${flag}[${zshText(help)}]${zshValue(value)}'`
      )
    );
    const children = command.commands.map((child) => `'${child.name}:${zshText(child.help)}'`);
    const rest = children.length > 0
      ? [
        `    '1:command:((${children.join(" ").replaceAll("'", '"')}))'`,
        "    '*::arguments:->arguments'",
      ]
      : [`    '1:argument:${zshAction(command.argument)}'`];
    const dispatch = children.length > 0
      ? `
  [[ $state == arguments ]] && case $words[1] in
${command.commands.map((child) => `    ${child.name}) ${name}_${child.name} ;;`).join("\n")}
  esac`
      : "";
    return `${name}() {
  local state
  _arguments -s -C \\
${[...options, ...rest].join(" \\\n")}${dispatch}
}`;
  });
  return `#compdef krust
# zsh completion for krust; put it in a folder of $fpath as _krust
${functions.join("\n")}
compdef _krust krust
`;
}

function zshText(help: string): string {
  return help.replace(/[[\]:'"]/g, " ");
}

function zshAction(value: ValueKind): string {
  if (value === "file") return "_files";
  if (value === "directory") return "_files -/";
  return typeof value === "string" ? " " : `(${value.join(" ")})`;
}

function zshValue(value: ValueKind): string {
  return value === "none" ? "" : `:value:${zshAction(value)}`;
}

function fish(program: CommandModel): string {
  const lines = located(program).flatMap(({ words, command }) => {
    const condition = words.length === 0
      ? "__fish_use_subcommand"
      : words.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    const children = command.commands.map((child) =>
      `complete -c krust -n '${condition}' -f -a ${child.name} -d '${fishText(child.help)}'`
    );
    const options = command.options.map(({ long, short, value, help }) =>
      [
        `complete -c krust -n '${condition}' -l ${long.slice(2)}`,
        short === undefined ? "" : ` -s ${short.slice(1)}`,
        fishValue(value),
        ` -d '${fishText(help)}'`,
      ].join("")
    );
    const argument = typeof command.argument === "string"
      ? []
      : [`complete -c krust -n '${condition}' -f -a '${command.argument.join(" ")}'`];
    return [...children, ...options, ...argument];
  });
  return `# fish completion for krust; load it with: krust completions fish | source\n${
    lines.join("\n")
  }\n`;
}

function fishText(help: string): string {
  return help.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
}

function fishValue(value: ValueKind): string {
  if (value === "none") return "";
  if (value === "file") return " -r -F";
  if (value === "directory") return " -x -a '(__fish_complete_directories)'";
  return value === "any" ? " -x" : ` -x -a '${value.join(" ")}'`;
}

function powershell(program: CommandModel): string {
  const cases = located(program).map(({ words, command }) => {
    const offered = [
      ...command.commands.map(({ name, help }) => [name, help] as const),
      ...command.options.map(({ long, help }) => [long, help] as const),
    ].map(([text, help]) =>
      `      [CompletionResult]::new('${text}', '${text}', 'ParameterName', '${
        help.replaceAll("'", "''")
      }')`
    );
    return `    '${["krust", ...words].join(" ")}' {\n${offered.join("\n")}\n    }`;
  });
  const paths = located(program).slice(1).map(({ words }) => `'${["krust", ...words].join(" ")}'`);
  return `# PowerShell completion for krust; load it with: krust completions powershell | Out-String | Invoke-Expression
using namespace System.Management.Automation
Register-ArgumentCompleter -Native -CommandName krust -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $path = 'krust'
  foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
    if (@(${paths.join(", ")}) -contains "$path $element") { $path = "$path $element" }
  }
  @(switch ($path) {
${cases.join("\n")}
  }) | Where-Object { $_.CompletionText -like "$wordToComplete*" }
}
`;
}

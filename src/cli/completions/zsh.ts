// Completion for zsh, by its own `_arguments`, which matches what was typed; paths alone it
// would expand, and is kept from it.
import { type CommandModel, locateCommands, type OptionModel, type ValueKind } from "./model.ts";

/** The script; it can be sourced, or lie in a folder of `$fpath`. */
export function zshCompletion(program: CommandModel): string {
  const functions = locateCommands(program)
    .map(({ path, command }) => functionOf(`_${path.join("_")}`, command));
  return `#compdef krust
# zsh completion for krust; load it with: source <(krust completions zsh), after compinit,
# or put it into a folder of $fpath as _krust
# zsh's own _files would run what \$(…) in the folder part of a path says.
_krust_files() {
  [[ "$PREFIX$SUFFIX" == *'$('* || "$PREFIX$SUFFIX" == *'\`'* ]] && return 1
  _files "$@"
}

${functions.join("\n\n")}

# Loaded from $fpath, the file is the function's first call.
if [[ "$funcstack[1]" == "_krust" ]]; then
  _krust "$@"
else
  compdef _krust krust
fi
`;
}

function functionOf(name: string, command: CommandModel): string {
  const options = command.options.flatMap(specs);
  if (command.commands.length === 0) {
    const argument = `'1:argument:${action(command.argument)}'`;
    return `${name}() {\n  _arguments -s -S \\\n    ${[...options, argument].join(" \\\n    ")}\n}`;
  }
  const rest = ["'1:command:->command'", "'*::argument:->argument'"];
  const described = command.commands.map((child) => quoted(`${child.name}:${child.help}`));
  const calls = command.commands.map((child) => `        ${child.name}) ${name}_${child.name} ;;`);
  return `${name}() {
  local context state state_descr line
  local -a commands
  typeset -A opt_args
  _arguments -s -S -A "-*" -C \\
    ${[...options, ...rest].join(" \\\n    ")} && return
  case "$state" in
    command)
      commands=(${described.join(" ")})
      _describe command commands ;;
    argument)
      case "$words[1]" in
${calls.join("\n")}
      esac ;;
  esac
}`;
}

/** An option's specifications, one for each spelling; `*`: it may be given again. */
function specs({ long, short, value, help }: OptionModel): readonly string[] {
  const text = `[${help.replace(/[\\\]]/g, "\\$&")}]`;
  if (value === "none") {
    return [long, ...(short === undefined ? [] : [short])].map((flag) => quoted(`*${flag}${text}`));
  }
  const rest = `${text}:value:${action(value)}`;
  return [
    quoted(`*${long}=${rest}`),
    ...(short === undefined ? [] : [quoted(`*${short}+${rest}`)]),
  ];
}

function action(value: ValueKind): string {
  if (value === "file") return "_krust_files";
  if (value === "directory") return "_krust_files -/";
  return typeof value === "string" ? " " : `(${value.join(" ")})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

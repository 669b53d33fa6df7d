// Completion for bash, 3.2 (macOS) included. Nothing that was typed is ever expanded: it is compared
// with patterns and handed to `compgen` as the text to match.
import { type CommandModel, flagsOf, locateCommands, type ValueKind } from "./model.ts";

/** The script. */
export function bashCompletion(program: CommandModel): string {
  const commands = locateCommands(program);
  const descents = commands.slice(1)
    .map(({ path }) => `      "${path.join(" ")}") path="${path.join(" ")}" ;;`);
  const cases = commands.map(({ path, command }) => caseOf(path, command));
  return `# bash completion for krust; load it with: source <(krust completions bash)
_krust_words() {
  COMPREPLY=($(compgen -W "$1" -- "$current"))
}

_krust_directories() {
  local name
  compopt -o filenames 2>/dev/null
  while IFS= read -r name; do
    COMPREPLY+=("$name")
  done < <(compgen -d -- "$current")
}

_krust_nothing() {
  compopt +o default 2>/dev/null
}

_krust() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local path="krust" index
  COMPREPLY=()
  # bash parts --libc=gnu at the equals sign.
  if [[ "$current" == "=" ]]; then
    current=""
  elif [[ "$previous" == "=" ]] && ((COMP_CWORD > 2)); then
    previous="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    [[ "\${COMP_WORDS[index]}" == "--" ]] && return
    case "$path \${COMP_WORDS[index]}" in
${descents.join("\n")}
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
}

complete -o default -F _krust krust
`;
}

function caseOf(path: readonly string[], command: CommandModel): string {
  const values = command.options
    .filter(({ value }) => value !== "none")
    .map((option) => `        ${flagsOf(option).join("|")}) ${reply(option.value)}; return ;;`);
  const flags = command.options.flatMap(flagsOf).join(" ");
  const others = command.commands.length > 0
    ? reply(command.commands.map(({ name }) => name))
    : reply(command.argument);
  return `    "${path.join(" ")}")
      case "$previous" in
${[...values, "        *) ;;"].join("\n")}
      esac
      if [[ "$current" == -* ]]; then
        _krust_words "${flags}"
      else
        ${others}
      fi ;;`;
}

function reply(value: ValueKind): string {
  switch (value) {
    case "none":
    case "any":
      return "_krust_nothing";
    case "file":
      // Where there is no reply, bash itself offers files, with all its care for blanks and quotes.
      return ":";
    case "directory":
      return "_krust_directories";
    default:
      return `_krust_words "${value.join(" ")}"`;
  }
}

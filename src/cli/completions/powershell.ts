// Completion for PowerShell: commands and options; what was typed is compared as text alone.
import { type CommandModel, locateCommands } from "./model.ts";

/** The script. */
export function powershellCompletion(program: CommandModel): string {
  const commands = locateCommands(program);
  const cases = commands.map(({ path, command }) => {
    const offered = [
      ...command.commands.map(({ name, help }) => result(name, help, "ParameterValue")),
      ...(typeof command.argument === "string"
        ? []
        : command.argument.map((word) => result(word, word, "ParameterValue"))),
      ...command.options.map(({ long, help }) => result(long, help, "ParameterName")),
    ];
    return `    ${quoted(path.join(" "))} {\n${offered.join("\n")}\n    }`;
  });
  const paths = commands.slice(1).map(({ path }) => quoted(path.join(" "))).join(", ");
  return `# PowerShell completion for krust; load it with:
# krust completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName krust -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $path = 'krust'
  foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
    if ($element.Extent.EndOffset -ge $cursorPosition) { break }
    if (@(${paths}) -contains "$path $element") { $path = "$path $element" }
  }
  @(switch ($path) {
${cases.join("\n")}
  }) | Where-Object { $_.CompletionText.StartsWith($wordToComplete) }
}
`;
}

function result(text: string, help: string, kind: string): string {
  const type = "[System.Management.Automation.CompletionResult]";
  return `      ${type}::new(${quoted(text)}, ${quoted(text)}, ${quoted(kind)}, ${quoted(help)})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

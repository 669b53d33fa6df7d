// Completion scripts, written from the same declarations as the help. They are static: pressing TAB
// runs no krust and evaluates nothing that was typed.
import type { Command, Option } from "commander";
import { SUPPORTED_PLATFORMS } from "../oci/platform.ts";
import { bashCompletion } from "./completions/bash.ts";
import { fishCompletion } from "./completions/fish.ts";
import type { CommandModel, OptionModel, Shell, ValueKind } from "./completions/model.ts";
import { powershellCompletion } from "./completions/powershell.ts";
import { zshCompletion } from "./completions/zsh.ts";

const WRITERS: Readonly<Record<Shell, (program: CommandModel) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
  powershell: powershellCompletion,
};

/** The completion script for a shell. */
export function completionScript(shell: Shell, program: Command): string {
  return WRITERS[shell](modelOf(program));
}

/** A declared command as completions know it. */
export function modelOf(command: Command): CommandModel {
  const [argument] = command.registeredArguments;
  return {
    name: command.name(),
    help: command.description(),
    options: [
      ...command.options.filter((option) => !option.hidden).map(optionModel),
      { long: "--help", short: "-h", value: "none", help: "Print help" },
    ],
    commands: command.commands.map(modelOf),
    argument: argument?.argChoices ?? (argument?.name() === "DIRECTORY" ? "directory" : "none"),
  };
}

function optionModel(option: Option): OptionModel {
  return {
    long: option.long ?? option.flags,
    ...(option.short === undefined ? {} : { short: option.short }),
    value: valueKind(option.flags),
    help: option.description,
  };
}

/** What a value may be, from how the help names it: `<musl|gnu|auto>`, `<DIR>`, `<FILE>`. */
function valueKind(flags: string): ValueKind {
  const name = /<(.+)>/.exec(flags)?.[1];
  switch (name) {
    case undefined:
      return "none";
    case "DIR":
      return "directory";
    case "FILE":
    case "FILE|DIR|-":
      return "file";
    case "PLATFORM":
      return [...SUPPORTED_PLATFORMS, "all", "host"];
    default: {
      const words = name.split("|").filter((word) => /^[a-z]/.test(word));
      return words.length > 0 ? words : "any";
    }
  }
}

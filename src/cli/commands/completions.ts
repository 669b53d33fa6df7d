// `krust completions SHELL`.
import type { Command, Option } from "commander";
import type { Host } from "../../core/host.ts";
import {
  type CommandModel,
  completionScript,
  type OptionModel,
  type ValueKind,
} from "../completions.ts";
import { writeResult } from "../output.ts";
import { createProgram } from "../program.ts";

/** Prints the completion script for a shell. */
export function completions(shell: string, host: Host): Promise<number> {
  writeResult(host, completionScript(shell, modelOf(createProgram())));
  return Promise.resolve(0);
}

/** A declared command as completions know it. */
export function modelOf(command: Command): CommandModel {
  const [argument] = command.registeredArguments;
  return {
    name: command.name(),
    help: command.description(),
    options: [
      ...command.options.map(optionModel),
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
  const metavar = /<(.+)>/.exec(flags)?.[1];
  if (metavar === undefined) return "none";
  if (metavar === "DIR") return "directory";
  if (metavar === "FILE") return "file";
  const words = metavar.split("|").filter((word) => /^[a-z]/.test(word));
  return words.length > 0 ? words : "any";
}

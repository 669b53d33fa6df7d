// What commander refuses, as krust's own error.
import type { Command, CommanderError } from "commander";
import { KrustError } from "../core/error.ts";

/** The error for a refusal by `command`. */
export function usageError(error: CommanderError, command: Command): KrustError {
  const path = pathOf(command).join(" ");
  const [message = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  // Help as an error is how commander says that no command was given, or none that `help` knows.
  if (error.code.startsWith("commander.help")) {
    const [unknown, all] = [command.args.at(-1), childrenOf(command)];
    const message = unknown === undefined
      ? `${path} needs a command: ${all}`
      : `no command "${unknown}" among ${all}`;
    return new KrustError("usage", message, {
      help: [
        `for what they do: ${path} --help`,
        ...(command.parent === null ? ["to build an image of the project here: krust build"] : []),
      ],
    });
  }
  const suggestion = /^\(Did you mean (.*)\?\)$/.exec(rest.join(" ").trim());
  return new KrustError("usage", withoutValue(plainer(message)), {
    help: suggestion === null
      ? [`for what there is: ${path} --help`]
      : [`did you mean ${suggestion[1]}?`],
  });
}

/** An error of a command that ran: where it is in what was given and nothing helps yet, the command's own help does. */
export function withHelpOf(command: Command, error: unknown): unknown {
  if (!(error instanceof KrustError) || error.code !== "usage" || error.help.length > 0) {
    return error;
  }
  const { message, cause, details } = error;
  const help = [`for the options: ${pathOf(command).join(" ")} --help`];
  return new KrustError("usage", message, { cause, details, help });
}

function pathOf(command: Command): readonly string[] {
  return [...(command.parent === null ? [] : pathOf(command.parent)), command.name()];
}

function childrenOf(command: Command): string {
  return command.commands.map((child) => child.name()).join(", ");
}

/** Commander's `command-argument value 'x' is invalid for argument 'SHELL'` in plainer words. */
function plainer(message: string): string {
  return message
    .replace(/^command-argument value '(.*)' is invalid for argument '(.*)'\. /, '"$1" is no $2: ')
    .replace(/Allowed choices are (.*)\.$/, "there are $1");
}

/** An unknown option without what it was set to: `--pasword=…` may be a secret. */
function withoutValue(message: string): string {
  return message.replace(/'(--[^'=]+)=.*'$/, "'$1'");
}

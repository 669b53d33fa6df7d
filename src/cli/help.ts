// The form of the help: clap's, which the mission's CLI reference has. Each section has columns of its
// own, so that the mission's lines stand in it to the letter.
import type { Argument, Command, Help, HelpConfiguration } from "commander";

/** Columns of the help; the same everywhere, as the reference in README.md is made of it. */
const WIDTH = 100;

/** What makes commander's help krust's. */
export const HELP_FORM: HelpConfiguration = {
  helpWidth: WIDTH,
  formatHelp,
  argumentTerm,
  argumentDescription: ({ description }) => description,
  // Commander would add `(default: …)`; ours stand in the description.
  optionDescription: ({ description }) => description,
  optionTerm: ({ flags, short }) => short === undefined ? `    ${flags}` : flags,
  subcommandTerm: (command) => command.name(),
};

type Item = readonly [term: string, description: string];

/** The help of a command: what it is, how it is called, then its sections. */
function formatHelp(command: Command, helper: Help): string {
  const options = helper.groupItems(
    [...command.options],
    helper.visibleOptions(command),
    (option) => option.helpGroupHeading ?? "Options:",
  );
  const sections: readonly (readonly [heading: string, items: readonly Item[]])[] = [
    [
      "Arguments:",
      helper.visibleArguments(command).map((argument) => [
        helper.argumentTerm(argument),
        helper.argumentDescription(argument),
      ]),
    ],
    ...[...options].map(([heading, group]): readonly [string, readonly Item[]] => [
      heading,
      group.map((option) => [helper.optionTerm(option), helper.optionDescription(option)]),
    ]),
    [
      "Commands:",
      helper.visibleCommands(command).map((child) => [
        helper.subcommandTerm(child),
        helper.subcommandDescription(child),
      ]),
    ],
  ];
  const paragraphs = [
    helper.commandDescription(command),
    `Usage: ${helper.commandUsage(command).trimEnd()}`,
    ...sections.filter(([, items]) => items.length > 0)
      .map(([heading, items]) => formatSection(heading, items, helper)),
  ];
  return `${paragraphs.join("\n\n")}\n`;
}

function formatSection(heading: string, items: readonly Item[], helper: Help): string {
  const width = Math.max(...items.map(([term]) => term.length));
  return [
    heading,
    ...items.map(([term, description]) => helper.formatItem(term, width, description, helper)),
  ].join("\n");
}

function argumentTerm(argument: Argument): string {
  const name = argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
  return argument.variadic ? `${name}...` : name;
}

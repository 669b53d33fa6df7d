// krust(1): the help of every command as a manual page.
import type { Command } from "commander";
import { createProgram, VERSION } from "../../src/cli/program.ts";

/** The page, in the language of man(7). */
export function manPage(): string {
  const program = createProgram();
  return [
    `.TH KRUST 1 "" "krust ${VERSION}" "User Commands"`,
    ".SH NAME",
    `krust \\- ${escaped(program.description())}`,
    ".SH SYNOPSIS",
    ".B krust",
    escaped(program.usage()),
    ".SH DESCRIPTION",
    "Compiles a Cargo project to a static binary, packs it into an OCI image without Docker, pushes it",
    "and prints the reference by digest. Messages go to standard error, results to standard output.",
    ".SH COMMANDS",
    ...sections(program, []),
    ".SH EXIT STATUS",
    "0 done, 1 a bug of krust's own, 2 usage or configuration, 3 the project or cargo, 4 credentials,",
    "5 registry or content, 6 network, 7 local files or engine, 130 interrupted, 143 terminated.",
    "",
  ].join("\n");
}

/** A subsection for each command: its help as it is printed. */
function sections(command: Command, above: readonly string[]): readonly string[] {
  const path = [...above, command.name()];
  const help = command.helpInformation().trimEnd().split("\n").map(escaped);
  return [
    `.SS ${escaped(path.join(" "))}`,
    ".nf",
    ...help,
    ".fi",
    ...command.commands.flatMap((child) => sections(child, path)),
  ];
}

/** Text that troff prints as it is: no escapes, no hyphens that break, no requests. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^(?=[.'])/, "\\&");
}

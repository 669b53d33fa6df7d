// The commands, declared: what each takes, and which module runs it. Parsing is commander's.
import { Argument, Command, CommanderError, Option } from "commander";
import denoConfig from "../../deno.json" with { type: "json" };
import { helpLine, type Setting } from "../config/setting.ts";
import { SETTINGS } from "../config/settings.ts";
import { KrustError } from "../core/error.ts";
import type { Host } from "../core/host.ts";
import { writeResult } from "./output.ts";

/** The version of this program. */
export const VERSION: string = denoConfig.version;

/** What a command runs with. */
export interface Context {
  /** The process. */
  readonly host: Host;
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal;
}

/** A command that was chosen, with its arguments; gives the exit status. */
export type Run = (context: Context) => Promise<number>;

/** What `build` and its kin were given. */
export interface BuildArguments {
  /** The project's directory, as given. */
  readonly directory: string;
  /** What follows `--`. */
  readonly cargoArgs: readonly string[];
  /** The settings that were given as flags, by name. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/** What a flag is declared from. */
type DeclaredSetting = Pick<Setting<unknown>, "flags" | "help" | "kind" | "group" | "default">;

/** Options of the mission's CLI reference, which the help lists first. */
const FOREMOST = ["image", "platform", "noPush", "repo", "verbose"];

/**
 * Parses arguments into the command that they choose.
 *
 * Everything from the first `--` on is set aside beforehand: parsers take the first word after it for
 * the directory.
 *
 * @throws {KrustError} `usage`.
 */
export async function parseArguments(args: readonly string[]): Promise<Run> {
  const end = args.indexOf("--");
  const own = end === -1 ? args : args.slice(0, end);
  const rest = end === -1 ? [] : args.slice(end + 1);
  let chosen: Run | undefined;
  let shown = "";
  const program = createProgram(rest, (run) => {
    chosen = run;
  }, (text) => {
    shown += text;
  });
  try {
    await program.parseAsync(own, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error);
  }
  if (shown !== "") {
    const text = shown;
    return ({ host }) => {
      writeResult(host, text);
      return Promise.resolve(0);
    };
  }
  if (chosen !== undefined) return chosen;
  throw new KrustError("internal", "commander chose no command and said nothing");
}

/** The declared commands; `rest` is what follows `--`. */
export function createProgram(
  rest: readonly string[] = [],
  choose: (run: Run) => void = () => {},
  show: (text: string) => void = () => {},
): Command {
  const program = base(new Command("krust"), show)
    .description("A container image build tool for Rust applications")
    .usage("[OPTIONS] <COMMAND>")
    .addOption(new Option("-v, --verbose", "Enable verbose logging"))
    .version(`krust ${VERSION}`, "-V, --version", "Print version")
    .helpCommand("help [COMMAND]", "Print help for a command");

  const build = subcommand(program, "build", show)
    .description("Build a container image from a Rust application");
  declareBuild(build, rest, (given) => {
    choose(async (context) => (await import("./commands/build.ts")).build(given, context));
  });

  const config = subcommand(program, "config", show)
    .description("Explain the configuration")
    .usage("<COMMAND>");
  const showConfig = subcommand(config, "show", show)
    .description("Print each setting in force and where it came from");
  declareBuild(showConfig, rest, (given) => {
    choose(async (context) =>
      (await import("./commands/config_show.ts")).showConfig(given, context)
    );
  });

  subcommand(program, "completions", show)
    .description("Print a completion script")
    .usage("<SHELL>")
    .addArgument(
      new Argument("<SHELL>", "Shell to write it for").choices([
        "bash",
        "zsh",
        "fish",
        "powershell",
      ]),
    )
    .action((shell: string) => {
      choose(async ({ host }) =>
        (await import("./commands/completions.ts")).completions(shell, host)
      );
    });

  subcommand(program, "version", show)
    .description("Print version")
    .usage(" ")
    .action(() => {
      choose(({ host }) => {
        writeResult(host, `krust ${VERSION}\n`);
        return Promise.resolve(0);
      });
    });
  return program;
}

function subcommand(parent: Command, name: string, show: (text: string) => void): Command {
  const command = base(new Command(name), show);
  parent.addCommand(command);
  return command;
}

/** What all commands have in common: they throw rather than exit, and print through `show`. */
function base(command: Command, show: (text: string) => void): Command {
  return command
    .exitOverride()
    .configureOutput({ writeOut: show, writeErr: show, outputError: () => {} })
    .configureHelp({
      helpWidth: 100,
      // clap's form, which the mission's reference has; commander would write `<IMAGE> (default: …)`.
      optionDescription: (option) => option.description,
      optionTerm: (option) => option.short === undefined ? `    ${option.flags}` : option.flags,
      subcommandTerm: (subcommand) => subcommand.name(),
      argumentTerm: (argument) =>
        argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
    })
    .helpOption("-h, --help", "Print help")
    .showSuggestionAfterError(true)
    .allowExcessArguments(false);
}

/** The arguments and options of `build`, from the one table of settings. */
function declareBuild(
  command: Command,
  rest: readonly string[],
  choose: (given: BuildArguments) => void,
): void {
  command
    .usage("[OPTIONS] [DIRECTORY] [-- <CARGO_ARGS>...]")
    .argument("[DIRECTORY]", "Path to the Rust project directory (defaults to current directory)")
    .configureHelp({
      ...command.configureHelp(),
      visibleArguments: (shown) => [
        ...shown.registeredArguments,
        new Argument("[CARGO_ARGS]...", "Additional cargo build arguments"),
      ],
      argumentTerm: (argument) =>
        argument.name().startsWith("CARGO_ARGS") ? "[CARGO_ARGS]..." : `[${argument.name()}]`,
    });
  const settings = Object.entries<DeclaredSetting>(SETTINGS);
  const rank = ([name]: readonly [string, unknown]): number =>
    FOREMOST.includes(name) ? FOREMOST.indexOf(name) : FOREMOST.length;
  const options = new Map(
    settings
      .toSorted((left, right) => rank(left) - rank(right))
      .map(([name, setting]) => [name, optionOf(name, setting)] as const),
  );
  for (const option of options.values()) command.addOption(option);
  command.action((directory: string | undefined) => {
    const flags = Object.fromEntries(
      [...options].flatMap(([name, option]) =>
        given(command, option).map((value) => [name, value])
      ),
    );
    choose({ directory: directory ?? ".", cargoArgs: rest, flags });
  });
}

function optionOf(name: string, setting: DeclaredSetting): Option {
  const option = new Option(setting.flags, helpLine(setting))
    .helpGroup(FOREMOST.includes(name) ? "Options:" : `${setting.group}:`);
  if (setting.kind === "list" || setting.kind === "pairs") {
    option.argParser((value: string, previous: readonly string[] | undefined) => [
      ...(previous ?? []),
      value,
    ]);
  }
  return option;
}

/** The value that an option was given, here or, for `-v`, before the command; nothing where it was not. */
function given(command: Command, option: Option): readonly unknown[] {
  const name = option.attributeName();
  for (let at: Command | null = command; at !== null; at = at.parent) {
    if (at.getOptionValueSource(name) !== "cli") continue;
    return [option.negate ? true : at.getOptionValue(name)];
  }
  return [];
}

/** Commander's refusal as krust's own error. */
function usageError(error: CommanderError): KrustError {
  if (error.code === "commander.help") {
    return new KrustError("usage", "no command was given", {
      help: [
        "to build an image of the project here: krust build",
        "for all commands: krust --help",
      ],
    });
  }
  const [message = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const suggestion = /^\(Did you mean (.*)\?\)$/.exec(rest.join(" ").trim());
  return new KrustError("usage", message, {
    help: suggestion === null
      ? ["for the options: krust --help, krust build --help"]
      : [`did you mean ${suggestion[1]}?`],
  });
}

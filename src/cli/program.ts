// The commands, declared: what each takes, and which module runs it. Parsing is commander's.
import { Argument, Command, type CommanderError, Option } from "commander";
import denoConfig from "../../deno.json" with { type: "json" };
import type { Host } from "../core/host.ts";
import { declareBuildOptions } from "./build_options.ts";
import type { DivertSignals } from "./cancellation.ts";
import { type Shell, SHELLS } from "./completions/model.ts";
import { declareCacheCommands } from "./cache_commands.ts";
import { declareCredentialCommands } from "./credential_commands.ts";
import { declareDoctorCommand } from "./doctor_command.ts";
import { declareDocumentCommands } from "./document_commands.ts";
import type { Presentation } from "./failure.ts";
import { HELP_FORM } from "./help.ts";
import { declareIndexCommand, declarePackCommand, declareRunCommand } from "./image_commands.ts";
import { declareRegistryCommands } from "./registry_commands.ts";
import { usageError } from "./usage_error.ts";

/** The version of this program. */
export const VERSION: string = denoConfig.version;

const HELP_COMMAND = ["help [COMMAND]", "Print help for a command"] as const;

/** What a command runs with. */
export interface Context {
  /** The process. */
  readonly host: Host;
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal;
  /** Has signals go elsewhere for a while: to a program that krust runs in its own place. */
  readonly divertSignals: DivertSignals;
  /** To be told how errors are to be shown, once that is settled. */
  readonly present: (how: Presentation) => void;
}

/** A command that was chosen, with its arguments; gives the exit status. */
export type Run = (context: Context) => Promise<number>;

/** What the declared commands are told and tell. */
export interface ProgramOptions {
  /** What the program was called as; `krust` if not given. */
  readonly name?: string;
  /** What follows `--` on the command line. */
  readonly rest?: readonly string[];
  /** Gets the command that was chosen. */
  readonly choose?: (run: Run) => void;
  /** Gets help and version. */
  readonly show?: (text: string) => void;
}

/** The declared commands. */
export function createProgram(options: ProgramOptions = {}): Command {
  const { name = "krust", rest = [], choose = () => {}, show = () => {} } = options;
  const child = (parent: Command, name: string, description: string): Command => {
    const command = prepared(new Command(name), show).description(description);
    parent.addCommand(command);
    return command;
  };
  const program = prepared(new Command(name), show)
    .description("A container image build tool for Rust applications")
    .usage("[OPTIONS] <COMMAND>")
    .addOption(new Option("-v, --verbose", "Enable verbose logging"))
    .version(`krust ${VERSION}`, "-V, --version", "Print version")
    .helpCommand(...HELP_COMMAND);

  const build = child(program, "build", "Build a container image from a Rust application");
  declareBuildOptions(build, rest, (given) => {
    choose(async (context) => (await import("./commands/build.ts")).build(given, context));
  });

  declareDocumentCommands(program, rest, child, choose);
  declareRunCommand(program, rest, child, choose);
  declarePackCommand(program, child, choose);
  declareIndexCommand(program, child, choose);

  const config = child(program, "config", "Explain the configuration")
    .usage("<COMMAND>")
    .helpCommand(...HELP_COMMAND);
  const shown = child(config, "show", "Print each setting in force and where it came from");
  declareBuildOptions(shown, rest, (given) => {
    choose(async (context) =>
      (await import("./commands/config_show.ts")).showConfig(given, context)
    );
  });

  declareCredentialCommands(program, child, choose);
  declareRegistryCommands(program, child, HELP_COMMAND, choose);
  declareDoctorCommand(program, rest, child, choose);
  declareCacheCommands(program, child, HELP_COMMAND, choose);

  const shells = new Argument("<SHELL>", `Shell to write it for: ${SHELLS.join(", ")}`);
  child(program, "completions", "Print a completion script")
    .usage("<SHELL>")
    .addArgument(shells.choices(SHELLS))
    .action((shell: Shell) => {
      choose(async (context) =>
        (await import("./commands/completions.ts")).completions(shell, context)
      );
    });

  const version = child(program, "version", "Print version")
    .usage("[OPTIONS]")
    .addOption(new Option("--json", "Print one JSON object"));
  version.action(() => {
    const { json = false } = version.opts<{ readonly json?: boolean }>();
    choose(async (context) => (await import("./commands/version.ts")).version(json, context));
  });
  return program;
}

/** What all commands have in common: they throw rather than exit, and print through `show`. */
function prepared(command: Command, show: (text: string) => void): Command {
  return command
    .exitOverride((error: CommanderError) => {
      throw error.exitCode === 0 ? error : usageError(error, command);
    })
    .configureOutput({ writeOut: show, writeErr: () => {}, outputError: () => {} })
    .configureHelp(HELP_FORM)
    .helpOption("-h, --help", "Print help")
    .showSuggestionAfterError(true)
    .allowExcessArguments(false);
}

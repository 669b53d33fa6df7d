// The declarations of the commands that work on Kubernetes documents.
import { Argument, type Command, Option } from "commander";
import { SETTING_NAMES, type SettingName } from "../config/settings.ts";
import { type BuildArguments, declareSettings } from "./build_options.ts";
import type { MakeCommand } from "./credential_commands.ts";
import type { Run } from "./program.ts";

/** What the commands on documents were given. */
export interface DocumentArguments extends Pick<BuildArguments, "flags"> {
  /** `-f`, as given. */
  readonly paths: readonly string[];
  /** `-R`. */
  readonly recursive: boolean;
  /** `-l`, as given. */
  readonly selector?: string;
  /** What follows `--`. */
  readonly rest: readonly string[];
}

/** kubectl's commands that krust pipes into. */
export type KubectlCommand = "apply" | "create" | "delete";

/** What each reference says by itself, and what can be written for one image alone. */
const NOT_FOR_DOCUMENTS: readonly SettingName[] = [
  ...["image", "package", "bin", "example"] as const,
  ...["ociLayout", "tarball", "metadataFile"] as const,
];

const PIPED: readonly (readonly [name: KubectlCommand, help: string])[] = [
  ["apply", "Resolve documents and pipe them into kubectl apply"],
  ["create", "Resolve documents and pipe them into kubectl create"],
  ["delete", "Resolve documents and pipe them into kubectl delete"],
];

/** Declares the commands; `choose` gets the one that was chosen. */
export function declareDocumentCommands(
  program: Command,
  rest: readonly string[],
  child: MakeCommand,
  choose: (run: Run) => void,
): void {
  const resolve = child(
    program,
    "resolve",
    "Print Kubernetes documents with every krust:// reference built and replaced",
  );
  declareOptions(resolve, rest, "[CARGO_ARGS...]", "Additional cargo build arguments", (given) => {
    choose(async (context) => (await import("./commands/resolve.ts")).resolve(given, context));
  });
  for (const [name, help] of PIPED) {
    const command = child(program, name, help);
    declareOptions(command, rest, "[KUBECTL_ARGS...]", "Additional kubectl arguments", (given) => {
      choose(async (context) => (await import("./commands/kubectl.ts")).pipe(name, given, context));
    });
  }
}

function declareOptions(
  command: Command,
  rest: readonly string[],
  restName: string,
  restHelp: string,
  choose: (given: DocumentArguments) => void,
): void {
  const shown = new Argument(restName, restHelp);
  command
    .usage(`[OPTIONS] --filename <FILE|DIR|-> [-- <${restName.slice(1, -4)}>...]`)
    .configureHelp({ ...command.configureHelp(), visibleArguments: () => [shown] })
    .addOption(
      new Option("-f, --filename <FILE|DIR|->", "Documents: a file, a directory, standard input")
        .makeOptionMandatory()
        .argParser((value: string, before: readonly string[] = []) => [...before, value]),
    )
    .addOption(new Option("-R, --recursive", "Read the directories within directories, too"))
    .addOption(new Option("-l, --selector <LABELS>", "Only objects with these labels"));
  const names = SETTING_NAMES.filter((name) => !NOT_FOR_DOCUMENTS.includes(name));
  const flags = declareSettings(command, names);
  command.action(() => {
    const { filename = [], recursive = false, selector } = command.opts<{
      readonly filename?: readonly string[];
      readonly recursive?: boolean;
      readonly selector?: string;
    }>();
    choose({
      paths: filename,
      recursive,
      ...(selector === undefined ? {} : { selector }),
      flags: flags(),
      rest,
    });
  });
}

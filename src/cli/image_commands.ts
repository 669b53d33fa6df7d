// The declarations of the commands that make images of what is there already.
import { Argument, type Command, Option } from "commander";
import { SETTING_NAMES, type SettingName, SETTINGS } from "../config/settings.ts";
import { type BuildArguments, declareSettings } from "./build_options.ts";
import type { MakeCommand } from "./credential_commands.ts";
import type { Run } from "./program.ts";

/** The settings that mean something to `index`. */
const INDEX_SETTINGS: readonly SettingName[] = [
  "tag",
  "tagOnly",
  "metadataFile",
  "imageRefs",
  "annotation",
  "insecureRegistry",
  "dryRun",
  "progress",
  "quiet",
  "verbose",
];

/** What `run` was given. */
export interface RunArguments {
  /** The project's directory, as given. */
  readonly directory: string;
  /** The program's arguments: what follows `--`. */
  readonly args: readonly string[];
  /** Further arguments for the engine's own `run`, as they are. */
  readonly runArgs: readonly string[];
  /** The settings that were given as flags, by name. */
  readonly flags: BuildArguments["flags"];
}

/** The settings that mean something to `run`: its image goes to the engine, where nobody else sees it. */
const RUN_SETTINGS = SETTING_NAMES.filter((name) =>
  SETTINGS[name].group !== "Where it goes" && name !== "annotation" && name !== "platform"
);

/**
 * Declares `run`; `choose` gets it where it was chosen.
 *
 * @param rest what follows `--`, which the parser never sees.
 */
export function declareRunCommand(
  program: Command,
  rest: readonly string[],
  child: MakeCommand,
  choose: (run: Run) => void,
): void {
  const run = child(program, "run", "Build an image and run it in the local container engine");
  const shown = [
    new Argument(
      "[DIRECTORY]",
      "Path to the Rust project directory (defaults to current directory)",
    ),
    new Argument("[ARGS...]", "Arguments for the program"),
  ];
  run.usage("[OPTIONS] [DIRECTORY] [-- <ARGS>...]")
    .argument("[DIRECTORY]")
    .configureHelp({ ...run.configureHelp(), visibleArguments: () => shown });
  const settings = declareSettings(run, RUN_SETTINGS);
  run
    .addOption(new Option("--platform <PLATFORM>", "Target platform [default: the engine's own]"))
    .addOption(
      new Option("--run-arg <ARG>", "Argument for the engine's run (--run-arg=-p=80:80); repeat it")
        .helpGroup("How:")
        .argParser((value: string, before: readonly string[] = []) => [...before, value]),
    );
  run.action((directory: string = ".") => {
    const { runArg: runArgs = [], platform } = run.opts<{
      readonly runArg?: readonly string[];
      readonly platform?: string;
    }>();
    const flags = { ...settings(), ...(platform === undefined ? {} : { platform }) };
    const given: RunArguments = { directory, args: rest, runArgs, flags };
    choose(async (context) => (await import("./commands/run.ts")).run(given, context));
  });
}

/** What `pack` was given. */
export interface PackArguments {
  /** The programs, as given, one a platform. */
  readonly binaries: readonly string[];
  /** `--name`: what the program is called in the image. */
  readonly name?: string;
  /** The settings that were given as flags, by name. */
  readonly flags: BuildArguments["flags"];
}

/** The settings that mean something to `pack`: all that are not about compiling. */
const PACK_SETTINGS = SETTING_NAMES.filter((name) => SETTINGS[name].group !== "What to build");

/** Declares `pack`; `choose` gets it where it was chosen. */
export function declarePackCommand(
  program: Command,
  child: MakeCommand,
  choose: (run: Run) => void,
): void {
  const pack = child(program, "pack", "Make an image of a binary that exists")
    .usage("[OPTIONS] <BINARY>...")
    .addArgument(
      new Argument("<BINARY...>", "Static Linux program; several give an index, one a platform"),
    );
  const settings = declareSettings(pack, PACK_SETTINGS);
  for (
    const [flags, help] of [
      ["--name <NAME>", "What the program is called in the image [default: the file's name]"],
      [
        "--platform <PLATFORM>",
        "What a program is for, of what its header leaves open (linux/arm/v6)",
      ],
    ] as const
  ) pack.addOption(new Option(flags, help).helpGroup("What it holds:"));
  pack.action((binaries: readonly string[]) => {
    const { name, platform } = pack.opts<{ readonly name?: string; readonly platform?: string }>();
    const flags = { ...settings(), ...(platform === undefined ? {} : { platform }) };
    const given = { binaries, ...(name === undefined ? {} : { name }), flags };
    choose(async (context) => (await import("./commands/pack.ts")).pack(given, context));
  });
}

/** Declares `index`; `choose` gets it where it was chosen. */
export function declareIndexCommand(
  program: Command,
  child: MakeCommand,
  choose: (run: Run) => void,
): void {
  const index = child(program, "index", "Join images that were pushed into one for all platforms")
    .usage("[OPTIONS] <REF> <REF@DIGEST>...")
    .addArgument(new Argument("<REF>", "What the joined image is to be called"))
    .addArgument(
      new Argument(
        "<REF@DIGEST...>",
        "The images, or indexes of images, as krust build prints them",
      ),
    );
  const flags = declareSettings(index, INDEX_SETTINGS);
  index.action((target: string, images: readonly string[]) => {
    const given = { target, images, flags: flags() };
    choose(async (context) =>
      (await import("./commands/index_images.ts")).indexImages(given, context)
    );
  });
}

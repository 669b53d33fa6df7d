// The declarations of the commands that make images of what is there already.
import { Argument, type Command } from "commander";
import type { SettingName } from "../config/settings.ts";
import { declareSettings } from "./build_options.ts";
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

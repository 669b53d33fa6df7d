// `krust cache …`, declared.
import { type Command, Option } from "commander";
import type { MakeCommand } from "./credential_commands.ts";
import type { Run } from "./program.ts";

/** Declares the commands; `choose` gets the one that was chosen. */
export function declareCacheCommands(
  program: Command,
  child: MakeCommand,
  helpCommand: readonly [name: string, description: string],
  choose: (run: Run) => void,
): void {
  const cache = child(program, "cache", "Look after what krust keeps between builds")
    .usage("<COMMAND>")
    .helpCommand(...helpCommand);

  child(cache, "path", "Print where the cache is").usage(" ").action(() => {
    choose(async (context) => (await import("./commands/cache.ts")).cachePath(context));
  });

  const size = child(cache, "size", "Print what the cache takes")
    .usage("[OPTIONS]")
    .addOption(new Option("--json", "Print one JSON object"));
  size.action(() => {
    const { json = false } = size.opts<{ readonly json?: boolean }>();
    choose(async (context) => (await import("./commands/cache.ts")).cacheSize(json, context));
  });

  const prune = child(cache, "prune", "Remove what was used longest ago")
    .usage("[OPTIONS]")
    .addOption(
      new Option("--max-size <SIZE>", "What may stay [default: the setting cache-size, 10GiB]"),
    )
    .addOption(new Option("--older-than <SPAN>", "Remove what was not used for so long, like 30d"))
    .addOption(new Option("--all", "Remove everything"))
    .addOption(new Option("--dry-run", "Say what would be removed, and stop"));
  prune.action(() => {
    const { maxSize, olderThan, all = false, dryRun = false } = prune.opts<{
      readonly maxSize?: string;
      readonly olderThan?: string;
      readonly all?: boolean;
      readonly dryRun?: boolean;
    }>();
    const args = {
      all,
      dryRun,
      ...(maxSize === undefined ? {} : { maxSize }),
      ...(olderThan === undefined ? {} : { olderThan }),
    };
    choose(async (context) => (await import("./commands/cache.ts")).pruneCache(args, context));
  });
}

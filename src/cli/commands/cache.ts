// `krust cache path`, `size` and `prune`: where the cache is, what it takes, and less of it.
import { parseSize, parseSpan } from "../../config/quantity.ts";
import { cacheDirectory } from "../../config/xdg.ts";
import { KrustError } from "../../core/error.ts";
import type { Host } from "../../core/host.ts";
import { formatBytes, printable } from "../../core/printable.ts";
import { type Entry, listEntries, totalSize } from "../../store/eviction.ts";
import { pruneFolder } from "../cache.ts";
import { openSettings } from "../load_project.ts";
import { writeResult } from "../output.ts";
import type { Context } from "../program.ts";

/** What `cache prune` was given. */
export interface PruneArguments {
  /** `--max-size`. */
  readonly maxSize?: string;
  /** `--older-than`. */
  readonly olderThan?: string;
  /** `--all`. */
  readonly all: boolean;
  /** `--dry-run`. */
  readonly dryRun: boolean;
}

/** Prints the cache's folder, whether it is there yet or not. */
export async function cachePath({ host, signal }: Context): Promise<number> {
  await writeResult(host, `${directoryOf(host)}\n`, { signal });
  return 0;
}

/** Prints what the cache takes. */
export async function cacheSize(json: boolean, { host, signal }: Context): Promise<number> {
  const path = directoryOf(host);
  const entries = await listEntries(path);
  const bytes = totalSize(entries);
  const text = json
    ? JSON.stringify({ path, bytes, entries: entries.length })
    : `${formatBytes(bytes)} in ${counted(entries)}`;
  await writeResult(host, `${text}\n`, { signal });
  return 0;
}

/**
 * Removes what is over the limit, or everything, and prints how much that was. What a build that runs may
 * still want is spared.
 *
 * @throws {KrustError} `usage`, `config-invalid`, `store-failed`.
 */
export async function pruneCache(given: PruneArguments, context: Context): Promise<number> {
  const { host } = context;
  const limit = await limitOf(given, context);
  const age = quantity(
    "--older-than",
    given.olderThan,
    parseSpan,
    "a span of time like 30d or 12h",
  );
  const path = directoryOf(host);
  const { gone, rest } = await pruneFolder(
    path,
    { limit, ...(age === undefined ? {} : { expired: host.now().getTime() - age }) },
    { now: host.now(), dryRun: given.dryRun },
  );
  await writeResult(
    host,
    `${given.dryRun ? "would remove" : "removed"} ${formatBytes(totalSize(gone))} in ${
      counted(gone)
    }; ${formatBytes(rest)} ${given.dryRun ? "would stay" : "left"}\n`,
    { signal: context.signal },
  );
  return 0;
}

/** Bytes that may stay: none, what was said, what is configured, or, where only age counts, any number. */
async function limitOf(given: PruneArguments, context: Context): Promise<number> {
  const { all, maxSize, olderThan } = given;
  if (all && (maxSize !== undefined || olderThan !== undefined)) {
    const other = maxSize === undefined ? "--older-than" : "--max-size";
    throw new KrustError("usage", `--all: it contradicts ${other}`);
  }
  if (all) return 0;
  const said = quantity("--max-size", maxSize, parseSize, "a size like 500MiB or 2GiB");
  if (said !== undefined || olderThan !== undefined) return said ?? Infinity;
  const opening = await openSettings({}, context);
  using _report = opening.report;
  return parseSize(opening.settings.cacheSize.value) ?? Infinity;
}

/** The value of a flag that was given. */
function quantity(
  flag: string,
  text: string | undefined,
  parse: (text: string) => number | undefined,
  wanted: string,
): number | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value !== undefined) return value;
  throw new KrustError(
    "usage",
    `${flag}: expected ${wanted}, found ${printable(`"${text}"`, 100)}`,
  );
}

function directoryOf(host: Host): string {
  const directory = cacheDirectory((name) => host.env(name), host);
  if (directory !== undefined) return directory;
  throw new KrustError("config-invalid", "there is no home folder, so no cache either", {
    help: ["set HOME, or name a folder in KRUST_CACHE_DIR"],
  });
}

function counted({ length }: readonly Entry[]): string {
  return length === 1 ? "1 entry" : `${length} entries`;
}

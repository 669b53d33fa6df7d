// Which commit a project's source is, asked of git where there is one.
import { isAbsolute, relative, sep } from "node:path";
import type { Host } from "../core/host.ts";
import type { Cancel } from "../core/streams.ts";

/** Options of {@linkcode sourceRevision}. */
export interface RevisionOptions extends Cancel {
  /**
   * Files and folders that the build itself writes, absolute. They are not the source: an image must not
   * depend on whether its own archive of the time before lies beside the source.
   */
  readonly outputs?: readonly string[];
}

/**
 * The commit that a directory's source is exactly; undefined outside git, where git cannot say, and
 * where the directory has changes that are not committed: such a source is no commit's.
 */
export async function sourceRevision(
  directory: string,
  host: Pick<Host, "run">,
  { outputs = [], ...options }: RevisionOptions = {},
): Promise<string | undefined> {
  const git = async (...args: readonly string[]): Promise<string | undefined> => {
    try {
      const { status, stdout } = await host.run(
        {
          program: "git",
          // A repository may name a program that `status` is to run.
          args: ["-C", directory, "-c", "core.fsmonitor=false", "--no-optional-locks", ...args],
        },
        options,
      );
      return status === 0 ? stdout.trim() : undefined;
    } catch (error) {
      if (options.signal?.aborted === true) throw error;
      return undefined;
    }
  };
  const excluded = await excludedPaths(directory, outputs);
  // One question for commit and changes. What a user's own configuration of git leaves out would make
  // digests differ by user.
  const status = await git(
    ...["status", "--porcelain=v2", "--branch", "--untracked-files=normal", "--", ".", ...excluded],
  );
  return cleanCommit(status ?? "");
}

/** The commit of a `git status --porcelain=v2 --branch` that names no change. */
function cleanCommit(status: string): string | undefined {
  const lines = status.split("\n").filter((line) => line !== "");
  if (lines.some((line) => !line.startsWith("# "))) return undefined;
  return lines.map((line) => /^# branch\.oid ([0-9a-f]{40,64})$/.exec(line)?.[1])
    .find((commit) => commit !== undefined);
}

/** Pathspecs that leave out those outputs that lie in the directory; git knows it without links. */
async function excludedPaths(
  directory: string,
  outputs: readonly string[],
): Promise<readonly string[]> {
  const real = await Deno.realPath(directory).catch(() => directory);
  const inside = [directory, real].flatMap((from) => outputs.map((path) => relative(from, path)))
    .filter((path) => path !== "" && path.split(sep)[0] !== ".." && !isAbsolute(path));
  return [...new Set(inside)].map((path) => `:(exclude,literal)${path.replaceAll(sep, "/")}`);
}

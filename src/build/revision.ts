// Which commit a project's source is, asked of git where there is one.
import type { Host } from "../core/host.ts";
import type { Cancel } from "../core/streams.ts";

/**
 * The commit that a directory's source is exactly; undefined outside git, where git cannot say, and
 * where the directory has changes that are not committed: such a source is no commit's.
 */
export async function sourceRevision(
  directory: string,
  host: Pick<Host, "run">,
  options: Cancel = {},
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
  const [revision, changes] = await Promise.all([
    git("rev-parse", "--verify", "HEAD"),
    git("status", "--porcelain", "--", "."),
  ]);
  return changes === "" && revision !== undefined && /^[0-9a-f]{40,64}$/.test(revision)
    ? revision
    : undefined;
}

// `krust doctor --fix`: does what findings say may be done. Nothing here wants rights that the user does
// not have, and nothing touches credentials.
import { addTarget } from "../../cargo/install_target.ts";
import { formatBytes } from "../../core/printable.ts";
import { totalSize } from "../../store/eviction.ts";
import { pruneFolder } from "../cache.ts";
import type { Examination } from "./examination.ts";
import { type Finding, reasonOf, type Remedy } from "./finding.ts";

/** What was done about a finding. */
export interface Fix {
  /** The command that it amounts to. */
  readonly command: string;
  /** Whether it went well. */
  readonly done: boolean;
  /** What came of it, in words. */
  readonly said?: string;
}

type Fixing = Pick<Examination, "signal" | "report"> & {
  /** The process itself: a download takes longer than a look. */
  readonly host: Examination["host"];
};

/** Does all that may be done, one after the other: rustup takes no two additions at once. */
export async function fixAll(
  findings: readonly Finding[],
  fixing: Fixing,
): Promise<readonly Fix[]> {
  const fixes: Fix[] = [];
  const seen = new Set<string>();
  for (const { remedy, command = "" } of findings) {
    if (remedy === undefined || seen.has(command)) continue;
    seen.add(command);
    if (remedy.kind !== "add-target") fixing.report.info(`Running ${command}`);
    const fix = { command, ...await attemptRemedy(remedy, fixing) };
    if (!fix.done) fixing.report.warn(`${command}: ${fix.said ?? "failed"}`);
    fixes.push(fix);
  }
  return fixes;
}

async function attemptRemedy(remedy: Remedy, fixing: Fixing): Promise<Omit<Fix, "command">> {
  try {
    return await apply(remedy, fixing);
  } catch (error) {
    fixing.signal.throwIfAborted();
    return { done: false, said: reasonOf(error) };
  }
}

async function apply(
  remedy: Remedy,
  { host, signal, report }: Fixing,
): Promise<Omit<Fix, "command">> {
  switch (remedy.kind) {
    case "add-target": {
      const said = await addTarget({ host, report }, remedy, { signal });
      return said === undefined ? { done: true } : { done: false, said };
    }
    case "make-folder":
      await Deno.mkdir(remedy.path, { recursive: true, mode: 0o700 });
      return { done: true };
    case "prune": {
      const { path, limit } = remedy;
      const { gone } = await pruneFolder(path, { limit }, { now: host.now() });
      return { done: true, said: `removed ${formatBytes(totalSize(gone))}` };
    }
  }
}

/** Findings after fixes: a target that rustup could not add is one that a build cannot add either. */
export function afterFixes(
  findings: readonly Finding[],
  fixes: readonly Fix[],
): readonly Finding[] {
  return findings.map((finding): Finding => {
    const { remedy, command } = finding;
    const failed = fixes.find((fix) => fix.command === command && !fix.done);
    if (failed === undefined || remedy?.kind !== "add-target" || finding.status !== "warning") {
      return finding;
    }
    return { ...finding, status: "failure", why: `rustup could not add it: ${failed.said}` };
  });
}

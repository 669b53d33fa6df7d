// What cargo, rustc and rustup said last before they gave up, as one sentence.
import { printable } from "../core/printable.ts";

const ERROR = /^error(?:\[[^\]]*\])?: (.+)$/;

/** Longest sentence that is made of what a program said, in characters. */
const LIMIT = 600;

/**
 * The last `error:` of a program's standard error, with the causes that follow it joined by colons;
 * its last line of any kind where there is no such; undefined where there is nothing.
 */
export function lastError(stderr: string): string | undefined {
  const lines = stderr.split("\n").map((line) => line.trimEnd()).filter((line) => line !== "");
  const at = lines.findLastIndex((line) => ERROR.test(line));
  if (at === -1) {
    const last = lines.at(-1);
    return last === undefined ? undefined : printable(last, LIMIT);
  }
  const message = ERROR.exec(lines[at] ?? "")?.[1] ?? "";
  return printable([message, ...causes(lines.slice(at + 1))].join(": "), LIMIT);
}

/** The first line of each `Caused by:` block, up to rustup's own stack backtrace. */
function causes(lines: readonly string[]): readonly string[] {
  const found: string[] = [];
  let within = false;
  for (const line of lines) {
    if (line === "Stack backtrace:") break;
    if (line === "Caused by:") {
      within = true;
    } else if (within) {
      const numbered = /^ +\d+: (.*)$/.exec(line);
      found.push(numbered?.[1] ?? line.trim());
      // anyhow numbers several causes under one heading; cargo repeats the heading.
      within = numbered !== null;
    }
  }
  return found;
}

// Next to nothing, for `-q` and `--progress none`: warnings, and what a program says about its failure.
import type { Output } from "../core/host.ts";
import { permanentLines, writeIfPossible } from "./line_writer.ts";
import { VERB_COLUMNS } from "./phrase.ts";
import type { Renderer, ReportEvent } from "./reporter.ts";
import { createStyle } from "./style.ts";

/**
 * A renderer that shows warnings, and the lines of programs but for cargo's progress: a compile error
 * must reach the user whatever is asked for (spec.md, rule 1), as it does with `cargo -q`.
 */
export function createSilentRenderer(
  output: Output,
  options: { readonly color: boolean },
): Renderer {
  const lineOptions = { style: createStyle(options.color), verbose: false };
  return {
    passThrough: false,
    show(event): void {
      if (!matters(event)) return;
      for (const line of permanentLines(event, lineOptions)) writeIfPossible(output, `${line}\n`);
    },
    close(): void {},
  };
}

function matters(event: ReportEvent): boolean {
  if (event.event === "message") return event.level === "warning";
  return event.event === "output" && !isCargoProgress(event.line);
}

/** Whether a line is a verb right-aligned in twelve columns, as in `   Compiling hello v0.1.0`. */
function isCargoProgress(line: string): boolean {
  // deno-lint-ignore no-control-regex
  const plain = line.replace(/\u001b\[[0-9;]*m/g, "");
  return /^( *[A-Z][a-z]+) /.exec(plain)?.[1]?.length === VERB_COLUMNS;
}

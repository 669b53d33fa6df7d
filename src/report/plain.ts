// Plain lines for logs and pipes: one for each message and each finished step, no cursor movement.
import type { Output } from "../core/host.ts";
import { permanentLines, writeIfPossible } from "./line_writer.ts";
import type { Renderer } from "./reporter.ts";
import { createStyle } from "./style.ts";

/** How {@linkcode createPlainRenderer} writes. */
export interface PlainOptions {
  /** Whether to colour. */
  readonly color: boolean;
  /** Whether to tell also that steps start. */
  readonly verbose: boolean;
  /** See {@linkcode Renderer.passThrough}. */
  readonly passThrough: boolean;
}

/** A renderer that writes lines. */
export function createPlainRenderer(output: Output, options: PlainOptions): Renderer {
  const lineOptions = { style: createStyle(options.color), verbose: options.verbose };
  return {
    passThrough: options.passThrough,
    show(event): void {
      const text = permanentLines(event, lineOptions).map((line) => `${line}\n`).join("");
      if (text !== "") writeIfPossible(output, text);
    },
    close(): void {},
  };
}

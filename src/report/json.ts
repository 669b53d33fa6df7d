// Events for programs: one JSON object a line (spec.md, "Exit statuses and errors").
import type { Output } from "../core/host.ts";
import { writeIfPossible } from "./line_writer.ts";
import type { Renderer } from "./reporter.ts";

/** Milliseconds between two progress events of one step. */
const PROGRESS_INTERVAL = 100;

/** A renderer that writes each event as JSON; progress at most ten times a second for each step. */
export function createJsonRenderer(
  output: Output,
  options: { readonly now: () => number },
): Renderer {
  const shown = new Map<number, number>();
  return {
    passThrough: false,
    show(event): void {
      if (event.event === "progress") {
        const now = options.now();
        const last = shown.get(event.step);
        if (last !== undefined && now - last < PROGRESS_INTERVAL) return;
        shown.set(event.step, now);
      }
      if (event.event === "finish") shown.delete(event.step);
      writeIfPossible(output, jsonLine(event));
    },
    close(): void {},
  };
}

/** A value as one line of JSON, whatever a reader takes for a line end or an escape. */
export function jsonLine(value: unknown): string {
  const json = JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${json}\n`;
}

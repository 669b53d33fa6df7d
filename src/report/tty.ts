// Progress on a terminal: rows at the bottom that are redrawn, above them the lines that stay. The
// rows are there only while a step with bytes is under way, so that cargo has the terminal to itself.
import type { Output } from "../core/host.ts";
import { permanentLines, writeIfPossible } from "./line_writer.ts";
import type { Renderer, ReportEvent } from "./reporter.ts";
import { createStyle } from "./style.ts";
import { type ActiveStep, render } from "./tty_rows.ts";

/** Calls `tick` every so many milliseconds until the function that it gives back is called. */
export type Every = (milliseconds: number, tick: () => void) => () => void;

/** How {@linkcode createTtyRenderer} draws. */
export interface TtyOptions {
  /** The time in milliseconds. */
  readonly now: () => number;
  /** Whether to colour. */
  readonly color: boolean;
  /** Whether to tell also that steps start. */
  readonly verbose: boolean;
  /** See {@linkcode Renderer.passThrough}; false where steps go on while a program writes. */
  readonly passThrough: boolean;
  /** The timer; tests have their own. */
  readonly every?: Every;
}

/** Milliseconds between two drawings. */
const FRAME = 100;

/** A renderer that draws bars. */
export function createTtyRenderer(output: Output, options: TtyOptions): Renderer {
  const style = createStyle(options.color);
  const steps = new Map<number, ActiveStep>();
  const every = options.every ?? everyInterval;
  let drawn = 0;
  let last = -Infinity;
  let stop: (() => void) | undefined;
  let closed = false;

  /** Erases the rows, writes lines that stay, and draws the rows again if it is time to. */
  const paint = (lines: readonly string[], due: boolean): void => {
    const now = options.now();
    const visible = closed ? [] : [...steps.values()].filter(hasBytes);
    // One column is left free: some terminals wrap as soon as the last one is written.
    const width = Math.max(1, output.columns() - 1);
    const rows = due || now - last >= FRAME ? render({ steps: visible, style }, width, now) : [];
    if (rows.length > 0) last = now;
    // A line of a program may stand unfinished where the cursor is: only what is right of it goes.
    const erase = drawn > 0 ? `\u001b[${drawn}A\r\u001b[J` : lines.length > 0 ? "\u001b[K" : "";
    drawn = rows.length;
    const text = erase + [...lines, ...rows].map((line) => `${line}\n`).join("");
    if (text !== "") writeIfPossible(output, text);
    if (visible.length === 0) {
      stop?.();
      stop = undefined;
    } else stop ??= every(FRAME, () => paint([], true));
  };

  return {
    passThrough: options.passThrough,
    show(event): void {
      track(steps, event, options.now());
      const lines = permanentLines(event, { style, verbose: options.verbose });
      const starts = event.event === "progress" && stop === undefined && !closed;
      const emptied = event.event === "finish" && drawn > 0;
      if (lines.length > 0 || starts || emptied) paint(lines, false);
    },
    close(): void {
      closed = true;
      paint([], false);
    },
  };
}

function hasBytes(step: ActiveStep): boolean {
  return step.total !== undefined || step.done > 0;
}

function track(steps: Map<number, ActiveStep>, event: ReportEvent, now: number): void {
  if (event.event === "start") {
    steps.set(event.step, { label: event.label, started: now, done: 0 });
  } else if (event.event === "progress") {
    const step = steps.get(event.step);
    if (step === undefined) return;
    const { total } = event;
    steps.set(event.step, { ...step, done: event.done, ...(total === undefined ? {} : { total }) });
  } else if (event.event === "finish") steps.delete(event.step);
}

function everyInterval(milliseconds: number, tick: () => void): () => void {
  const timer = setInterval(tick, milliseconds);
  // Drawing alone is no reason for the process to stay.
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
}

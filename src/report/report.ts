// The reporter: numbers steps, turns calls into events, and gives each warning once.
import type { Renderer, Reporter, ReportEvent, Step } from "./reporter.ts";

/** What {@linkcode createReporter} needs beside a renderer. */
export interface ReporterOptions {
  /** The time in milliseconds, from any beginning. */
  readonly now: () => number;
  /** Whether what is only for `-v` is passed on. */
  readonly verbose: boolean;
}

/**
 * A reporter that shows everything through `renderer`. A step whose work throws ends as `failed`,
 * and the error goes on.
 */
export function createReporter(renderer: Renderer, options: ReporterOptions): Reporter {
  const warned = new Set<string>();
  let steps = 0;
  return {
    passThrough: renderer.passThrough,
    step: (label, work) => runStep(renderer, { step: ++steps, label, now: options.now }, work),
    info: (text) => renderer.show({ event: "message", level: "info", text }),
    debug(text): void {
      if (options.verbose) renderer.show({ event: "message", level: "debug", text });
    },
    warn(text): void {
      if (warned.has(text)) return;
      warned.add(text);
      renderer.show({ event: "message", level: "warning", text });
    },
    output: (program, line) => renderer.show({ event: "output", program, line }),
  };
}

type Outcome = (ReportEvent & { readonly event: "finish" })["outcome"];

async function runStep<T>(
  renderer: Renderer,
  { step, label, now }: {
    readonly step: number;
    readonly label: string;
    readonly now: () => number;
  },
  work: (step: Step) => Promise<T>,
): Promise<T> {
  const started = now();
  let done = 0;
  let total: number | undefined;
  let outcome: Outcome = "done";
  let over = false;
  const progress = (): void => {
    // A stream that is cancelled late must not bring a finished step back.
    if (over) return;
    renderer.show({ event: "progress", step, done, ...(total === undefined ? {} : { total }) });
  };
  renderer.show({ event: "start", step, label });
  try {
    return await work({
      total(bytes): void {
        total = bytes;
        progress();
      },
      advance(bytes): void {
        done = Math.max(0, done + bytes);
        progress();
      },
      cached(): void {
        outcome = "cached";
      },
    });
  } catch (error) {
    outcome = "failed";
    throw error;
  } finally {
    over = true;
    const elapsed = Math.max(0, Math.round(now() - started));
    renderer.show({ event: "finish", step, label, outcome, done, elapsed });
  }
}

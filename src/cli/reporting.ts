// The reporter that the flags, the environment and the terminal call for.
import type { Host } from "../core/host.ts";
import { chooseRenderer, type Progress } from "../report/choose.ts";
import { createJsonRenderer } from "../report/json.ts";
import { createPlainRenderer } from "../report/plain.ts";
import { createReporter } from "../report/report.ts";
import type { Renderer, Reporter } from "../report/reporter.ts";
import { createSilentRenderer } from "../report/silent.ts";
import { createTtyRenderer } from "../report/tty.ts";

/** What the user asked for. */
export interface ReportingRequest {
  /** `--progress`. */
  readonly progress: Progress;
  /** `--quiet`. */
  readonly quiet: boolean;
  /** `--verbose`. */
  readonly verbose: boolean;
}

/** A reporter that is to be closed before anything else is written to stderr. */
export interface OpenReporter extends Reporter, Disposable {}

/** Opens the reporter. */
export function openReporter(request: ReportingRequest, host: Host): OpenReporter {
  const renderer = createRenderer(request, host);
  const reporter = createReporter(renderer, { now, verbose: request.verbose });
  return { ...reporter, [Symbol.dispose]: () => renderer.close() };
}

function createRenderer({ progress, quiet, verbose }: ReportingRequest, host: Host): Renderer {
  const { kind, color, passThrough } = chooseRenderer({
    progress,
    quiet,
    terminal: host.stderr.terminal,
    env: (name) => host.env(name),
    overlapping: false,
  });
  switch (kind) {
    case "json":
      return createJsonRenderer(host.stderr, { now });
    case "silent":
      return createSilentRenderer(host.stderr, { color });
    case "plain":
      return createPlainRenderer(host.stderr, { color, verbose, passThrough });
    case "tty":
      return createTtyRenderer(host.stderr, { now, color, verbose, passThrough });
  }
}

/** Milliseconds that never run backwards. */
function now(): number {
  return performance.now();
}

// A reporter that writes down what it is told.
import type { Reporter } from "../../src/report/reporter.ts";

/** What became of a step. */
export interface RecordedStep {
  readonly label: string;
  total: number;
  done: number;
  cached: boolean;
}

/** A {@linkcode Reporter} with its record. */
export interface RecordedReport extends Reporter {
  /** Messages, each with its level before it: `info: …`. */
  readonly messages: readonly string[];
  /** Steps, in the order in which they began. */
  readonly steps: readonly RecordedStep[];
}

/** Makes a reporter that writes down what it is told. */
export function recordedReport(): RecordedReport {
  const messages: string[] = [];
  const steps: RecordedStep[] = [];
  return {
    messages,
    steps,
    async step(label, work) {
      const step = { label, total: 0, done: 0, cached: false };
      steps.push(step);
      return await work({
        total: (bytes) => void (step.total = bytes),
        advance: (bytes) => void (step.done += bytes),
        cached: () => void (step.cached = true),
      });
    },
    info: (text) => void messages.push(`info: ${text}`),
    debug: (text) => void messages.push(`debug: ${text}`),
    warn: (text) => void messages.push(`warn: ${text}`),
    output: (program, line) => void messages.push(`${program}: ${line}`),
    passThrough: false,
  };
}

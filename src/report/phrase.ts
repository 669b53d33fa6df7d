// What a step is called while it lasts and when it is done, laid out beside cargo's own lines: the
// verb right-aligned in twelve columns.
import { formatBytes, printable } from "../core/printable.ts";
import type { ReportEvent } from "./reporter.ts";
import type { Style } from "./style.ts";

/** Columns that cargo gives to the verb. */
export const VERB_COLUMNS = 12;

/** A label in its two parts. */
export interface Phrase {
  /** `Pushing`, or `Pushed`. */
  readonly verb: string;
  /** `layer …`. */
  readonly rest: string;
}

const IRREGULAR: ReadonlyMap<string, string> = new Map([
  ["Building", "Built"],
  ["Copying", "Copied"],
  ["Finding", "Found"],
  ["Reading", "Read"],
  ["Running", "Ran"],
  ["Sending", "Sent"],
  ["Verifying", "Verified"],
  ["Writing", "Wrote"],
]);

/** A step's label as it is shown while it lasts. */
export function activePhrase(label: string): Phrase {
  const text = printable(label);
  const [, verb = "", rest = ""] = /^([A-Z][a-z]*ing)(?: (.*))?$/.exec(text) ?? [];
  return verb === "" ? { verb: "", rest: text } : { verb, rest };
}

/** A step's label when it is done: `Pushing layer` is `Pushed layer` then. */
export function finishedPhrase(label: string): Phrase {
  const { verb, rest } = activePhrase(label);
  if (verb === "") return { verb: "Finished", rest };
  return { verb: IRREGULAR.get(verb) ?? verb.replace(/ing$/, "ed"), rest };
}

/** The line of a finished step; a failed one has none, as the error that follows says it better. */
export function finishedLine(
  event: ReportEvent & { readonly event: "finish" },
  style: Style,
): string | undefined {
  if (event.outcome === "failed") return undefined;
  const { verb, rest } = finishedPhrase(event.label);
  const line = `${style.done(verb.padStart(VERB_COLUMNS))}${rest === "" ? "" : ` ${rest}`}`;
  return `${line}${event.outcome === "cached" ? ": already there" : facts(event)}`;
}

/** Below this many milliseconds a time says nothing, and a rate even less. */
const WORTH_TIMING = 100;

function facts({ done, elapsed }: { readonly done: number; readonly elapsed: number }): string {
  const time = elapsed < WORTH_TIMING ? "" : ` in ${formatDuration(elapsed)}`;
  if (done <= 0) return time;
  const rate = time === "" ? "" : ` (${formatRate(done, elapsed)})`;
  return `: ${formatBytes(done)}${time}${rate}`;
}

/** Bytes in milliseconds as a rate: `4.0 MiB/s`. */
export function formatRate(bytes: number, milliseconds: number): string {
  return `${formatBytes((bytes * 1_000) / Math.max(1, milliseconds))}/s`;
}

/** Milliseconds for people: `0.3 s`, `1 min 5 s`, `2 h 10 min`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds >= 59_950) return formatSeconds(Math.round(milliseconds / 1_000));
  return `${(Math.max(0, milliseconds) / 1_000).toFixed(1)} s`;
}

/** Whole seconds for people: `5 s`, `1 min 5 s`, `2 h 10 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

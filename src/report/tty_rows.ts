// The rows that are redrawn on a terminal, as a pure function of what goes on, the width and the time.
import { formatBytes } from "../core/printable.ts";
import { columnsOf, cutToColumns, padToColumns } from "./columns.ts";
import { activePhrase, formatRate, formatSeconds, VERB_COLUMNS } from "./phrase.ts";
import type { Style } from "./style.ts";

/** A step under way, as far as it is drawn. */
export interface ActiveStep {
  /** Its label. */
  readonly label: string;
  /** When it began, in milliseconds. */
  readonly started: number;
  /** Bytes done. */
  readonly done: number;
  /** Bytes in all, where that is known. */
  readonly total?: number;
}

/** What goes on. */
export interface TtyState {
  /** Steps that have bytes to show, the oldest first. */
  readonly steps: readonly ActiveStep[];
  /** Colours. */
  readonly style: Style;
}

/** Rows drawn at most: more than a small terminal is high could not be erased again. */
const ROW_LIMIT = 8;

/** Columns of a label that are kept before anything of what follows it is given up for them. */
const LABEL_COLUMNS = 16;

/** The rows to draw, each at most `width` columns wide; an impossible width counts as 80. */
export function render(state: TtyState, width: number, now: number): readonly string[] {
  const columns = Number.isFinite(width) && width >= 1 ? Math.floor(width) : 80;
  const fits = state.steps.length <= ROW_LIMIT;
  const shown = fits ? state.steps : state.steps.slice(0, ROW_LIMIT - 1);
  const phrases = shown.map((step) => activePhrase(step.label));
  const room = columns - VERB_COLUMNS - 1;
  const longest = Math.max(0, ...phrases.map(({ rest }) => columnsOf(rest)));
  // All rows say as much, so that their bars stand below each other: the most that leaves the labels
  // room enough to be known by.
  const tails = shown.map((step) => tailsOf(step, now));
  const level = LEVELS.find((level) =>
    tails.every((tail) => columnsOf(tail[level]) + 1 + Math.min(longest, LABEL_COLUMNS) <= room)
  );
  const widest = level === undefined
    ? -1
    : Math.max(0, ...tails.map((tail) => columnsOf(tail[level])));
  const label = Math.max(0, Math.min(longest, room - widest - 1));
  const rows = phrases.map(({ verb, rest }, index) => {
    if (room < 1) return cutToColumns(verb === "" ? rest : verb, columns);
    const head = `${state.style.active(verb.padStart(VERB_COLUMNS))} `;
    const tail = level === undefined ? "" : tails[index]?.[level] ?? "";
    return head +
      (tail === "" ? cutToColumns(rest, label) : `${padToColumns(rest, label)} ${tail}`);
  });
  if (fits) return rows;
  const more = `${" ".repeat(VERB_COLUMNS)} and ${state.steps.length - shown.length} more`;
  return [...rows, cutToColumns(more, columns)];
}

/** How much is said about a step's bytes, the most first. */
const LEVELS = ["wide", "all", "rate", "bar", "sizes", "share"] as const;

/** What can be said about a step's bytes. */
function tailsOf(step: ActiveStep, now: number): Record<typeof LEVELS[number], string> {
  const elapsed = Math.max(0, now - step.started);
  // A rate over less than a second jumps about.
  const rate = elapsed < 1_000 || step.done === 0 ? "" : `, ${formatRate(step.done, elapsed)}`;
  if (step.total === undefined) {
    const spinner = "|/-\\".charAt(Math.floor(now / 100) % 4);
    const bytes = `${spinner} ${formatBytes(step.done)}`;
    const all = `${bytes}${rate}`;
    return { wide: all, all, rate: all, bar: bytes, sizes: bytes, share: spinner };
  }
  const sizes = formatShare(step.done, step.total);
  const left = Math.max(0, step.total - step.done);
  const seconds = Math.ceil((left / step.done) * (elapsed / 1_000));
  const time = rate === "" || left === 0 ? "" : `, ${formatSeconds(seconds)} left`;
  const share = step.total <= 0 ? 1 : Math.min(1, step.done / step.total);
  const bar = progressBar(share, 10);
  return {
    wide: `${progressBar(share, 24)} ${sizes}${rate}${time}`,
    all: `${bar} ${sizes}${rate}${time}`,
    rate: `${bar} ${sizes}${rate}`,
    bar: `${bar} ${sizes}`,
    sizes,
    share: `${Math.floor(share * 100)}%`,
  };
}

/** `5.0 of 12.0 MiB`, the unit given once where it is the same. */
function formatShare(done: number, total: number): string {
  const [amount, unit] = formatBytes(done).split(" ");
  const whole = formatBytes(total);
  return whole.endsWith(` ${unit}`) ? `${amount} of ${whole}` : `${amount} ${unit} of ${whole}`;
}

/** A bar as cargo draws it; `share` is from 0 to 1. */
function progressBar(share: number, columns: number): string {
  const filled = Math.floor(share * columns);
  const bar = filled >= columns ? "=".repeat(columns) : `${"=".repeat(filled)}>`;
  return `[${bar.padEnd(columns)}]`;
}

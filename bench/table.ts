// What was measured, as a table in Markdown.
import { formatBytes } from "../src/core/printable.ts";
import type { Series } from "./measure.ts";

/** One line: a tool's runs of a case. */
export interface Row {
  /** What was done. */
  readonly name: string;
  /** Who did it. */
  readonly tool: string;
  /** What it took. */
  readonly took: Series;
  /** Bytes of the layer that it sent, where that was looked at. */
  readonly sent?: number;
}

/** The name that rows of the physical limit have. */
export const FLOOR = "floor";

const COLUMNS = [
  "case",
  "tool",
  "median ms",
  "spread ms",
  "cpu ms",
  "peak MiB",
  "to the best other",
  "to the floor",
  "layer sent",
];

/** The table; ratios are of medians, to the best tool but krust itself, and to the floor of the same case. */
export function formatTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const { name, tool, took: { median, spread } } = row;
    const others = rows.filter((other) => other.name === name && !isOurs(other.tool));
    const floor = others.find((other) => other.tool === FLOOR)?.took.median.wall;
    const peers = others.filter((other) => other.tool !== FLOOR);
    const best = Math.min(...peers.map(({ took }) => took.median.wall));
    return [
      name,
      tool,
      String(Math.round(median.wall)),
      `${Math.round(spread[0])} to ${Math.round(spread[1])}`,
      String(Math.round(median.cpu)),
      (median.peak / 1024 ** 2).toFixed(0),
      tool === FLOOR || peers.length === 0 ? "" : ratio(median.wall, best),
      floor === undefined ? "" : ratio(median.wall, floor),
      row.sent === undefined ? "" : formatBytes(row.sent),
    ];
  });
  return [COLUMNS, COLUMNS.map(() => "---"), ...lines]
    .map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

/** Whether a tool is krust, in whatever form. */
function isOurs(tool: string): boolean {
  return tool.startsWith("krust");
}

function ratio(value: number, to: number): string {
  return (value / to).toFixed(2);
}

// The table of docs/fuzzing.md: what each parser stood when it was last attacked.
import { BATCH, type FuzzResult } from "../tests/fuzz/fuzz.ts";

/** The longest that any input may take, in milliseconds. */
export const SLOWEST = 50;

/** The most that the process may grow over one parser, in bytes. */
export const GROWTH_LIMIT = 64 * 1024 * 1024;

/** How much the process grew, in words. */
export function growthOf({ growth }: FuzzResult): string {
  return `${(growth / 1024 / 1024).toFixed(1)} MiB`;
}

/**
 * docs/fuzzing.md with a run's results in the place of those that it has of the same parsers.
 *
 * @param before the document as it is; empty where there is none.
 * @param seed what the run began with.
 */
export function fuzzingDocument(
  before: string,
  results: readonly FuzzResult[],
  seed: number,
): string {
  const rows = new Map<string, string>();
  for (const row of before.match(/^\| .+ \| \d.*$/gm) ?? []) rows.set(nameIn(row), row);
  for (const result of results) rows.set(result.name, rowOf(result, seed));
  const total = (column: number): string =>
    [...rows.values()].reduce((sum, row) => sum + numberIn(row, column), 0).toLocaleString("en");
  return `# Fuzzing

What every parser of what others wrote stood. Made by \`deno task fuzz --write docs/fuzzing.md\`, which
puts its figures in the place of those of the parsers that it ran; \`tests/fuzz/\` has the parsers, how
their inputs are made, and what must hold for each: nothing but a \`KrustError\` escapes, no input takes
${SLOWEST} ms (the best of several tries, as other work shows in one), and the process does not grow by
more than ${
    GROWTH_LIMIT / 1024 / 1024
  } MiB. The suite runs a short attack on each, with a seed of its own.

${total(2)} inputs to ${rows.size} parsers, ${total(4)} findings. Each ${
    BATCH.toLocaleString("en")
  } inputs have a seed:
\`deno task fuzz --only NAME --seed N --count ${BATCH}\` has them again, and \`--seed\` with the last and one
more goes on.

<!-- deno-fmt-ignore-start -->

| parser | inputs | seeds | findings | slowest | grew |
| ------ | -----: | ----: | -------: | ------: | ---: |
${[...rows.values()].join("\n")}

<!-- deno-fmt-ignore-end -->
`;
}

function rowOf(result: FuzzResult, seed: number): string {
  const { name, inputs, finding, slowest, next } = result;
  return `| ${name} | ${inputs.toLocaleString("en")} | ${seed}–${next - 1} | ` +
    `${finding === undefined ? 0 : 1} | ${slowest.toFixed(1)} ms | ${growthOf(result)} |`;
}

function nameIn(row: string): string {
  return row.split(" | ")[0]?.replace(/^\| /, "") ?? "";
}

function numberIn(row: string, column: number): number {
  return Number(row.split("|")[column]?.replaceAll(",", "").trim());
}

// The table of docs/fuzzing.md: what each parser stood.
import { BATCH, type FuzzResult } from "../tests/fuzz/fuzz.ts";

/** The longest that any input may take, in milliseconds. */
export const SLOWEST = 50;

/** The most that the process may grow over one parser, in bytes. */
export const GROWTH_LIMIT = 64 * 1024 * 1024;

/** How much the process grew, in words. */
export function growthOf({ growth }: FuzzResult): string {
  return `${(growth / 1024 / 1024).toFixed(1)} MiB`;
}

/** docs/fuzzing.md of a run that began with `seed`. */
export function fuzzingDocument(results: readonly FuzzResult[], seed: number): string {
  const inputs = results.reduce((sum, result) => sum + result.inputs, 0);
  const findings = results.filter(({ finding }) => finding !== undefined).length;
  return `# Fuzzing

What every parser of what others wrote stood in one long run. Made by
\`deno task fuzz --count N --seconds N --write docs/fuzzing.md\`; \`tests/fuzz/\` has the parsers, how
their inputs are made and what must hold for each: nothing but a \`KrustError\` escapes, no input takes
${SLOWEST} ms (the best of several tries, as other work shows in one), and the process does not grow by
more than ${
    GROWTH_LIMIT / 1024 / 1024
  } MiB. The suite runs a short attack on each, with a seed of its own.

${inputs.toLocaleString("en")} inputs to ${results.length} parsers, ${findings} findings. The first
${BATCH.toLocaleString("en")} inputs of each are those of seed ${seed}, the next of ${
    seed + 1
  }, and so
on: \`deno task fuzz --only NAME --seed N --count ${BATCH}\` has them again.

<!-- deno-fmt-ignore-start -->

| parser | inputs | findings | slowest | grew |
| ------ | -----: | -------: | ------: | ---: |
${results.map(row).join("\n")}

<!-- deno-fmt-ignore-end -->
`;
}

function row(result: FuzzResult): string {
  const { name, inputs, finding, slowest } = result;
  const found = finding === undefined ? 0 : 1;
  const time = `${slowest.toFixed(1)} ms`;
  return `| ${name} | ${inputs.toLocaleString("en")} | ${found} | ${time} | ${growthOf(result)} |`;
}

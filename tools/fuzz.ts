// `deno task fuzz [--count N] [--seconds N] [--seed N] [--only NAME]... [--write FILE]`: attacks every parser
// and says, for each, how many inputs it stood, what was found, the slowest, and how much the process grew.
// Exits 1 where something was found. `--seed` with the number that a run ends with goes on after it;
// `--write` puts the figures into the table of docs/fuzzing.md.
// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import type { FuzzResult } from "../tests/fuzz/fuzz.ts";
import { TARGETS } from "../tests/fuzz/targets.ts";
import { fuzzingDocument, GROWTH_LIMIT, growthOf, SLOWEST } from "./fuzz_table.ts";

const { values } = parseArgs({
  args: [...Deno.args],
  options: {
    count: { type: "string", default: "100000" },
    seconds: { type: "string" },
    seed: { type: "string" },
    only: { type: "string", multiple: true },
    write: { type: "string" },
  },
});
const { only, seconds, write } = values;
const chosen = TARGETS.filter(({ name }) => only === undefined || only.includes(name));
if (chosen.length === 0) {
  console.error(`there are: ${TARGETS.map(({ name }) => name).join(", ")}`);
  Deno.exit(2);
}
const seed = Number(values.seed ?? crypto.getRandomValues(new Uint16Array(1))[0]);
console.log(`seed ${seed}`);
const results: FuzzResult[] = [];
const before = write === undefined ? "" : await Deno.readTextFile(write).catch(() => "");
for (const target of chosen) {
  const start = performance.now();
  const result = await target.run({
    count: Number(values.count),
    seed,
    slowest: SLOWEST,
    ...(seconds === undefined ? {} : { time: Number(seconds) * 1000 }),
  });
  const took = (performance.now() - start) / 1000;
  results.push(result);
  console.log(
    `${target.name.padEnd(22)} ${String(result.inputs).padStart(8)} inputs in ${
      took.toFixed(0)
    } s, ` +
      `slowest ${result.slowest.toFixed(1)} ms, grew ${
        growthOf(result)
      }, next seed ${result.next}: ` +
      result.slowestInput.slice(0, 60),
  );
  if (result.finding !== undefined) console.log(`found: ${result.finding}`);
  // Written as it goes, so that a long run that is cut short leaves what it has.
  if (write !== undefined) await Deno.writeTextFile(write, fuzzingDocument(before, results, seed));
}
const findings = results.filter(({ finding }) => finding !== undefined).length;
const grown = results.filter(({ growth }) => growth > GROWTH_LIMIT).length;
const inputs = results.reduce((sum, result) => sum + result.inputs, 0);
console.log(
  `${chosen.length} parsers, ${inputs} inputs, ${findings} findings, ${grown} grew too much`,
);
Deno.exit(findings + grown === 0 ? 0 : 1);

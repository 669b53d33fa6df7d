// `deno task fuzz [--count N] [--seconds N] [--seed N] [--only NAME]`: attacks every parser and says, for
// each, how many inputs it stood, the slowest, and what was found. Exits 1 where something was.
// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import { TARGETS } from "../tests/fuzz/targets.ts";

/** The longest that any input may take, in milliseconds. */
const SLOWEST = 50;

const { values } = parseArgs({
  args: [...Deno.args],
  options: {
    count: { type: "string", default: "100000" },
    seconds: { type: "string" },
    seed: { type: "string" },
    only: { type: "string", multiple: true },
  },
});
const { only, seconds } = values;
const chosen = TARGETS.filter(({ name }) => only === undefined || only.includes(name));
if (chosen.length === 0) {
  console.error(`there are: ${TARGETS.map(({ name }) => name).join(", ")}`);
  Deno.exit(2);
}
const seed = Number(values.seed ?? crypto.getRandomValues(new Int32Array(1))[0]);
console.log(`seed ${seed}`);
let findings = 0;
for (const target of chosen) {
  const start = performance.now();
  const { inputs, slowest, slowestInput, finding } = await target.run({
    count: Number(values.count),
    seed,
    slowest: SLOWEST,
    ...(seconds === undefined ? {} : { time: Number(seconds) * 1000 }),
  });
  const took = (performance.now() - start) / 1000;
  console.log(
    `${target.name.padEnd(18)} ${String(inputs).padStart(8)} inputs in ${took.toFixed(1)} s, ` +
      `slowest ${slowest.toFixed(1)} ms: ${slowestInput.slice(0, 80)}`,
  );
  if (finding === undefined) continue;
  findings++;
  console.log(`found: ${finding}`);
}
console.log(`${chosen.length} parsers, ${findings} findings`);
Deno.exit(findings === 0 ? 0 : 1);

// `deno task bench [CASE...] [--rounds N]`: krust beside its peers and the physical limit, in one run on
// one machine, as a table. Cases: start, nothing, pack5, pack20, pack64, index, memory.
// deno-lint-ignore-file no-console
import { measureMemory, measureNothingChanged, measureStart } from "./build_cases.ts";
import { measureIndex } from "./index_case.ts";
import { type Machine, openMachine } from "./machine.ts";
import { measurePack } from "./pack_cases.ts";
import { formatTable, type Row } from "./table.ts";

/** Rounds that count, if nobody says otherwise: the fewest whose median says something. */
const ROUNDS = 7;

const CASES: Readonly<
  Record<string, (machine: Machine, rounds: number) => Promise<readonly Row[]>>
> = {
  start: measureStart,
  nothing: measureNothingChanged,
  pack5: (machine, rounds) => measurePack(machine, 5, rounds),
  pack20: (machine, rounds) => measurePack(machine, 20, rounds),
  pack64: (machine, rounds) => measurePack(machine, 64, rounds),
  index: measureIndex,
  memory: (machine) => measureMemory(machine, 3),
};

async function main(args: readonly string[]): Promise<number> {
  const at = args.indexOf("--rounds");
  const rounds = at === -1 ? ROUNDS : Number(args[at + 1]);
  const named = args.filter((_, index) => at === -1 || index < at || index > at + 1);
  const unknown = named.filter((name) => !(name in CASES));
  if (unknown.length > 0 || !(rounds >= 1)) {
    console.error(`no such case: ${unknown.join(" ")}; there are ${Object.keys(CASES).join(" ")}`);
    return 2;
  }
  await using machine = await openMachine();
  for (const line of machine.absent) console.error(`left out: ${line}`);
  console.log(
    `${
      new Date().toISOString().slice(0, 10)
    }, ${navigator.hardwareConcurrency} processors, Deno ${Deno.version.deno}, ${rounds} rounds\n`,
  );
  for (const [name, measure] of Object.entries(CASES)) {
    if (named.length > 0 && !named.includes(name)) continue;
    console.log(formatTable(await measure(machine, rounds)));
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

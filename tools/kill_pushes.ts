// `deno task kill-pushes [--count N] [--seed N] [--registry 2.8|3.0] [--platforms P,P]`: pushes that are
// killed at random moments, and what they leave. Exits 1 where anything is wrong.
// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import { anySeed } from "../tests/support/chance.ts";
import { killPushes } from "../tests/support/killed_pushes.ts";
import { startRealRegistry } from "../tests/support/registry_server.ts";
import { withTemporaryFolder } from "../tests/support/temporary_folder.ts";

/** Pushes between two lines on how it goes. */
const REPORT_EVERY = 10;

const { values } = parseArgs({
  args: [...Deno.args],
  options: {
    count: { type: "string", default: "1000" },
    seed: { type: "string" },
    registry: { type: "string", default: "3.0" },
    platforms: { type: "string", default: "linux/amd64" },
  },
});
const seed = Number(values.seed ?? anySeed());
console.log(`seed ${seed}`);
await using registry = await startRealRegistry({
  edition: values.registry === "2.8" ? "2.8" : "3.0",
});
const { stages, incomplete, wrong } = await withTemporaryFolder((folder) =>
  killPushes({
    count: Number(values.count),
    seed,
    port: Number(registry.host.split(":")[1]),
    folder,
    platforms: values.platforms.split(","),
    onPush(dead, { stages, incomplete, wrong }): void {
      if (dead % REPORT_EVERY > 0) return;
      const where = [...stages].map(([stage, count]) => `${stage}: ${count}`).join(", ");
      console.log(
        `${dead} killed: ${incomplete.length} incomplete, ${wrong.length} wrong (${where})`,
      );
    },
  })
);
for (const [stage, count] of stages) console.log(`${String(count).padStart(6)} ${stage}`);
for (const line of [...incomplete, ...wrong]) console.log(line);
console.log(
  `${incomplete.length} things missing below a tag or index, ` +
    `${wrong.length} next runs that failed or gave another digest`,
);
if (incomplete.length + wrong.length > 0) Deno.exit(1);

// `deno task faulty-pushes [--pusher krust|crane|ko] [--count N] [--jobs N] [--share 0.05] [--seed N]
// [--registry 2.8|3.0]`: pushes through a proxy that spoils a share of the requests, and how many end
// well. Exits 1 where one ended well that did not push all.
// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import { anySeed } from "../tests/support/chance.ts";
import { PUSHERS, pushThroughFaults } from "../tests/support/faulty_pushes.ts";
import { withTemporaryFolder } from "../tests/support/temporary_folder.ts";

/** Pushes between two lines on how it goes. */
const REPORT_EVERY = 50;

const { values } = parseArgs({
  args: [...Deno.args],
  options: {
    pusher: { type: "string", default: "krust" },
    count: { type: "string", default: "500" },
    jobs: { type: "string", default: "2" },
    share: { type: "string", default: "0.05" },
    seed: { type: "string" },
    registry: { type: "string", default: "3.0" },
  },
});
const pusher = PUSHERS.find((name) => name === values.pusher);
if (pusher === undefined) {
  console.error(`there are: ${PUSHERS.join(", ")}`);
  Deno.exit(2);
}
const seed = Number(values.seed ?? anySeed());
const count = Number(values.count);
console.log(`${pusher}, seed ${seed}`);
const { failed, incomplete, proxy } = await withTemporaryFolder((folder) =>
  pushThroughFaults({
    pusher,
    count,
    jobs: Number(values.jobs),
    share: Number(values.share),
    seed,
    folder,
    edition: values.registry === "2.8" ? "2.8" : "3.0",
    onPush(done, { failed }, failure): void {
      if (failure !== undefined) console.log(failure);
      if (done % REPORT_EVERY === 0) console.log(`${done} pushed: ${failed.size} failed`);
    },
  })
);
const spoilt = [...proxy.spoilt].toSorted(([left], [right]) => left < right ? -1 : 1);
const total = spoilt.reduce((sum, [, times]) => sum + times, 0);
console.log(spoilt.map(([spoil, times]) => `${spoil}: ${times}`).join(", "));
console.log(`${proxy.requests} requests, ${total} spoilt`);
console.log(
  `${count - failed.size} of ${count} pushes ended well ` +
    `(${((1 - failed.size / count) * 100).toFixed(1)} %), ${incomplete.length} of them incomplete`,
);
if (incomplete.length > 0) Deno.exit(1);

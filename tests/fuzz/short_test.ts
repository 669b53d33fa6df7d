// A short attack on every parser, the same each time, so that it stands for the change that is tested;
// `deno task fuzz` is the long one, with another seed each time and an eye on the clock.
import assert from "node:assert/strict";
import fc from "fast-check";
import { target } from "./fuzz.ts";
import { TARGETS } from "./targets.ts";

const COUNT = 200;
const SEED = 20_261_122;

for (const { name, run } of TARGETS) {
  Deno.test(`fuzz ${name}: nothing but a KrustError escapes`, async () => {
    const { finding } = await run({ count: COUNT, seed: SEED });
    assert.equal(finding, undefined, finding);
  });
}

Deno.test("fuzz targets have names of their own", () => {
  assert.equal(new Set(TARGETS.map(({ name }) => name)).size, TARGETS.length);
});

Deno.test("a fuzz run finds what throws, and what is slow", async () => {
  const throwing = target("throws", fc.nat(100), (input) => {
    if (input > 3) throw new TypeError("a bug");
  });
  const { finding = "" } = await throwing.run({ count: 100, seed: 1 });
  assert.match(finding, /^seed 1, path \d.*: 4\n.*a bug/);
  const slow = target("slow", fc.constant(0), () => {
    for (const end = performance.now() + 5; performance.now() < end;);
  });
  assert.match(
    (await slow.run({ count: 1, seed: 1, slowest: 1 })).finding ?? "",
    /it takes \d+ ms/,
  );
});

import assert from "node:assert/strict";
import { openedOnce } from "../../../src/sources/opened_once.ts";
import { scratchSource } from "../../../src/sources/scratch.ts";
import type { Source } from "../../../src/sources/source.ts";

Deno.test("openedOnce() resolves a base once however many ask", async () => {
  let asked = 0;
  const source: Source = {
    open: (options) => {
      asked++;
      return scratchSource().open(options);
    },
  };
  const shared = openedOnce(source);
  const [first, second] = await Promise.all([shared.open(), shared.open()]);
  assert.equal(first, second);
  assert.equal(await shared.open(), first);
  assert.equal(asked, 1);
});

Deno.test("openedOnce() asks again after a failure", async () => {
  let asked = 0;
  const source: Source = {
    open: (options) =>
      asked++ === 0 ? Promise.reject(new Error("no")) : scratchSource().open(options),
  };
  const shared = openedOnce(source);
  await assert.rejects(shared.open(), /no/);
  await shared.open();
  assert.equal(asked, 2);
});

// The real clock: that it runs forward, and that waiting can be cut short.
import assert from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../../src/registry/clock.ts";

Deno.test("`now()` is the time, and never runs backwards", () => {
  const first = SYSTEM_CLOCK.now();
  assert.ok(Math.abs(first - Date.now()) < 60_000);
  assert.ok(SYSTEM_CLOCK.now() >= first);
});

Deno.test("`wait()` lets time pass", async () => {
  const start = SYSTEM_CLOCK.now();
  await SYSTEM_CLOCK.wait(5);
  assert.ok(SYSTEM_CLOCK.now() - start >= 4);
});

Deno.test("`wait()` ends with the signal's reason", async () => {
  const stop = new AbortController();
  const waiting = SYSTEM_CLOCK.wait(60_000, { signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(SYSTEM_CLOCK.wait(60_000, { signal: stop.signal }), /enough/);
});

Deno.test("`random()` is a number from 0 up to 1", () => {
  const lots = Array.from({ length: 100 }, () => SYSTEM_CLOCK.random());
  assert.ok(lots.every((lot) => lot >= 0 && lot < 1));
  assert.ok(new Set(lots).size > 90);
});

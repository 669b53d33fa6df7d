import assert from "node:assert/strict";
import { ClockWatch } from "../../../../src/cli/doctor/clock.ts";

const NOW = new Date("2026-01-02T03:04:05Z");
const URL_A = new URL("https://a.test/v2/");

function told(...answers: readonly (readonly [seconds: number, age?: string])[]): ClockWatch {
  const watch = new ClockWatch({ now: () => NOW });
  for (const [seconds, age] of answers) {
    const date = new Date(NOW.getTime() + seconds * 1_000).toUTCString();
    const headers = age === undefined ? { date } : { date, age };
    watch.observe(new Response(null, { headers }), URL_A);
  }
  return watch;
}

Deno.test("ClockWatch has five minutes of tolerance, and tells the widest difference", () => {
  assert.equal(told([300], [2]).finding().status, "ok");
  const { status, what } = told([0], [-301], [1]).finding();
  assert.deepEqual([status, what], ["warning", "5 min ahead of a.test"]);
  assert.equal(told([7_300]).finding().what, "2 h behind a.test");
});

Deno.test("ClockWatch adds what a cache on the way says of an answer's age", () => {
  assert.equal(told([-3_600, "3600"]).finding().what, "agrees with a.test");
});

Deno.test("ClockWatch makes nothing of answers that tell no time", () => {
  const watch = new ClockWatch({ now: () => NOW });
  watch.observe(new Response(null), URL_A);
  watch.observe(new Response(null, { headers: { date: "yesterday" } }), URL_A);
  assert.equal(watch.finding().status, "note");
});

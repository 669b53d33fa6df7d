// One piece of work for all who ask at once, for as long as one of them still waits.
import assert from "node:assert/strict";
import { Flights } from "../../../src/registry/flights.ts";

Deno.test("`join()` does the work once for all who ask at the same time", async () => {
  const flights = new Flights<number>();
  let runs = 0;
  const gate = Promise.withResolvers<void>();
  const work = async (): Promise<number> => {
    runs++;
    await gate.promise;
    return runs;
  };
  const all = [flights.join("a", work), flights.join("a", work), flights.join("b", work)];
  assert.ok(flights.has("a"));
  gate.resolve();
  assert.deepEqual(await Promise.all(all), [2, 2, 2]);
  assert.equal(runs, 2);
});

Deno.test("`join()` remembers neither results nor failures", async () => {
  const flights = new Flights<string>();
  await assert.rejects(flights.join("a", () => Promise.reject(new Error("no"))), /no/);
  assert.equal(flights.has("a"), false);
  assert.equal(await flights.join("a", () => Promise.resolve("yes")), "yes");
  assert.equal(await flights.join("a", () => Promise.resolve("again")), "again");
});

Deno.test("`join()` fails all with the failure of the work", async () => {
  const flights = new Flights<string>();
  const work = (): Promise<string> => Promise.reject(new Error("no"));
  const results = await Promise.allSettled([flights.join("a", work), flights.join("a", work)]);
  assert.deepEqual(results.map(({ status }) => status), ["rejected", "rejected"]);
});

Deno.test("`join()` lets one who is cancelled leave, and goes on for the others", async () => {
  const flights = new Flights<string>();
  const gate = Promise.withResolvers<string>();
  const leaver = new AbortController();
  let stopped = false;
  const first = flights.join("a", ({ signal }) => {
    signal.addEventListener("abort", () => stopped = true);
    return gate.promise;
  }, { signal: leaver.signal });
  const second = flights.join("a", () => Promise.reject(new Error("not joined")));
  leaver.abort(new Error("enough"));
  await assert.rejects(first, /enough/);
  assert.equal(stopped, false);
  gate.resolve("there");
  assert.equal(await second, "there");
});

Deno.test("`join()` stops the work when the last one leaves, and waits until it has stopped", async () => {
  const flights = new Flights<string>();
  const stop = new AbortController();
  const log: string[] = [];
  const cleanup = Promise.withResolvers<void>();
  const joined = flights.join("a", async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    await cleanup.promise;
    log.push("stopped");
    signal.throwIfAborted();
    return "never";
  }, { signal: stop.signal });
  const watched = joined.catch((error) => log.push(String(error)));
  stop.abort(new Error("enough"));
  // Whoever comes now must not board what is being stopped.
  assert.equal(flights.has("a"), false);
  cleanup.resolve();
  await watched;
  assert.deepEqual(log, ["stopped", "Error: enough"]);
});

Deno.test("`join()` starts nothing for one who is cancelled already", async () => {
  const flights = new Flights<string>();
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(flights.join("a", () => assert.fail("started"), { signal }), /enough/);
});
